// Writes the rules as `barter explain` shows them, from docs/rules and from what code and tests name: to the file given,
// or into the command's package while it is packed. With --remove it takes that away again.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ruleBook } from './rules/book.js'
import { root } from './set-up.js'

const [word] = process.argv.slice(2)
const packed = join(root, 'packages/cli/rules.json')
if (word === '--remove') rmSync(packed, { force: true })
else writeFileSync(word ?? packed, `${JSON.stringify(ruleBook(root))}\n`)
