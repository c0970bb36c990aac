// Puts what `barter demo` shows into the package while it is packed, and takes it away again with --remove.
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url))
const demo = fileURLToPath(new URL('../demo/', import.meta.url))
const FILES = [
  'captures/qemu-fabric-epyc-iommu.tar.gz',
  'scenarios/reset-while-writing.yaml',
  'scenarios/reset-while-writing-switch.yaml',
]

rmSync(demo, { recursive: true, force: true })
if (!process.argv.includes('--remove')) {
  for (const folder of ['captures', 'scenarios']) mkdirSync(`${demo}${folder}`, { recursive: true })
  for (const file of FILES) cpSync(`${examples}${file}`, `${demo}${file}`)
}
