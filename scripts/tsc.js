// Runs the TypeScript 7 compiler, which lives under an alias: `typescript` itself is 6, for typescript-eslint.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../node_modules/typescript7/bin/tsc', import.meta.url))
const { status, error } = spawnSync(process.execPath, [bin, ...process.argv.slice(2)], { stdio: 'inherit' })
if (error) throw error
process.exit(status ?? 1)
