/** `barter new`: the project of a plugin, in a folder of its own. */
import { relative, resolve } from 'node:path'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { ownVersion } from '../program/own-version.ts'
import { hasAll } from '../new-plugin/has-all.ts'
import { pluginFiles } from '../new-plugin/plugin-files.ts'
import type { PluginKind } from '../new-plugin/plugin-kinds.ts'
import { readPluginName } from '../new-plugin/plugin-name.ts'
import { writeFolder } from '../new-plugin/write-folder.ts'
import type { Terminal } from '../terminal.ts'

export interface NewOptions {
  readonly dir?: string
  readonly json?: boolean
}

/** What each file is for, where its name does not say it. */
const ABOUT: Readonly<Record<string, string>> = {
  'src/index.ts': 'the plugin: begin here',
  'test/conformance.test.ts': 'one call of the conformance kit',
  'scenarios/revoke-while-writing.yaml': 'a story to run with it',
  'src/lent-buffer.ts': 'one buffer: who is let in, how it is taken back',
  'scenarios/taken-back.yaml': 'a story to run with it',
  'src/translation-unit.ts': 'the hardware: what it makes of an address',
  'scenarios/written-through.yaml': 'a story to run with it',
}

/** **Errors** `UsageError` `PLUGIN_NAME`, `FOLDER_EXISTS`, `OUTPUT_FAILED`. */
export function newCommand(
  kind: PluginKind,
  name: string,
  { dir, json = false }: NewOptions,
  terminal: Terminal,
): ExitCode {
  const names = readPluginName(name, kind)
  const folder = dir ?? `barter-${kind}-${name}`
  const files = pluginFiles(kind, names, ownVersion())
  writeFolder(folder, files, terminal.cwd)
  const paths = files.map(({ path }) => path)
  if (json) {
    const document = { schema: 'barter.new/1', kind, name, folder: resolve(terminal.cwd, folder), files: paths }
    terminal.out(`${JSON.stringify(document, null, 2)}\n`)
    return EXIT.ok
  }
  const width = Math.max(...paths.map((path) => path.length))
  const lines = paths.map((path) => `  ${path.padEnd(width)}  ${ABOUT[path] ?? ''}`.trimEnd())
  const shown = relative(terminal.cwd, resolve(terminal.cwd, folder)) || '.'
  // Where Barter is installed in a folder above, npm runs the project as it is.
  const install = hasAll(files, resolve(terminal.cwd, folder)) ? '' : '  npm install\n'
  terminal.out(`${kind} ${name} is in ${shown}:\n${lines.join('\n')}\n\nNext:\n  cd ${shown}\n${install}  npm test\n`)
  return EXIT.ok
}
