// `npm start`: the demonstration, from a fresh clone or a worn one. Further arguments go to the command.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setUp } from './set-up.js'

setUp()
const main = join(root, 'packages/cli/dist/bundle/main.js')
process.argv = [process.execPath, main, 'demo', ...process.argv.slice(2)]
await import(pathToFileURL(main).href)
