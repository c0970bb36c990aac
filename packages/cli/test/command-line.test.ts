/** Options, help, and what is said of errors. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '@barter/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { barterProgram, runCommandLine } from '../src/command-line.ts'
import { HELP } from '../src/help.ts'
import { packageEntry } from '../src/plugins/package-entry.ts'
import { loadListed } from '../src/plugins/load-listed.ts'
import { loadPlugin } from '../src/plugins/load-plugin.ts'
import { readSettings } from '../src/plugins/settings.ts'
import { placeOfLoading } from '../src/plugins/thrown-at.ts'
import { reportError } from '../src/report-error.ts'
import { recorded } from './terminal.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-cli-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('help', () => {
  const program = barterProgram(recorded(scratch), () => undefined)

  test('fits a screen of 24 lines and a bit, at 80 columns', () => {
    const lines = HELP.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(36)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test('names every command and the options they share', () => {
    for (const command of program.commands) expect(HELP).toContain(`\n  ${command.name()}`)
    for (const option of ['--json', '--debug', '--version', '--help']) expect(HELP).toContain(option)
  })

  test.each(program.commands.map((command) => command.name()))('of %s fits 80 columns', async (name) => {
    const terminal = recorded(scratch)
    expect(await runCommandLine([name, '--help'], terminal)).toBe(0)
    expect(terminal.written.out).toContain(`Usage: barter ${name}`)
    expect(terminal.written.out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test.each([[['rnu']], [['inspect', '--piar', 'a,b']], [['run']], [['run', 'a', 'b']]])(
    '%j is answered with a hint and exit code 2',
    async (args) => {
      const terminal = recorded(scratch)
      expect(await runCommandLine(args, terminal)).toBe(2)
      expect(terminal.written.out).toBe('')
      expect(terminal.written.err).toMatch(/--help says more\)\n$/)
    },
  )
})

describe('errors', () => {
  const said = (error: unknown, debug = false): [number, string] => {
    const terminal = recorded(scratch)
    return [reportError(terminal, error, debug), terminal.written.err]
  }

  test('of a person: the code, the message, what to do', () => {
    const error = new UsageError('CODE', 'it is wrong', { hint: 'do it right' })
    expect(said(error)).toEqual([2, 'error CODE\nit is wrong\n  do it right\n'])
  })

  test('of ours: one line, and how to tell us', () => {
    expect(said(new TypeError('x is not a function\n at y'))).toEqual([
      70,
      'error this is a bug in barter: x is not a function\n  run it again with --debug and report what it says\n',
    ])
  })

  test('with --debug: where they arose, and their causes', () => {
    const [exit, text] = said(new UsageError('CODE', 'it is wrong', { cause: new Error('deep down') }), true)
    expect(exit).toBe(2)
    expect(text).toContain('command-line.test.ts')
    expect(text).toContain('caused by: Error: deep down')
  })
})

describe('settings', () => {
  test('have values as in YAML', () => {
    expect(
      readSettings(['platform-acs.mode=off', 'x.list=[1, a]', '@me/it.on=true', 'x.acs=0000:02:00.0;01:00.0']),
    ).toEqual([
      { name: 'platform-acs', options: { mode: 'off' } },
      { name: 'x', options: { list: [1, 'a'] } },
      { name: '@me/it', options: { on: true } },
      { name: 'x', options: { acs: '0000:02:00.0;01:00.0' } },
    ])
  })

  test('name a plugin by its path as well: the option comes after the last dot', () => {
    expect(readSettings(['./dist/index.js.mode=a.b=c', '../my plugins/x.mjs.n=1'])).toEqual([
      { name: './dist/index.js', options: { mode: 'a.b=c' } },
      { name: '../my plugins/x.mjs', options: { n: 1 } },
    ])
  })

  test.each(['acs', 'a.b', '.b=1', 'a.b=['])('%s is refused', (setting) => {
    expect(() => readSettings([setting])).toThrow(UsageError)
  })
})

describe('plugins from outside', () => {
  const install = (name: string, manifest: object, files: Readonly<Record<string, string>>): void => {
    const home = join(scratch, 'node_modules', name)
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name, ...manifest }))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(home, file, '..'), { recursive: true })
      writeFileSync(join(home, file), text)
    }
  }

  test('are found as Node finds packages: by exports, by main, by index.js', async () => {
    install('by-exports', { exports: { '.': { types: './t.d.ts', import: './lib/i.js', default: './no.js' } } }, {})
    install('@me/by-string', { exports: './s.mjs' }, {})
    install('by-main', { main: 'm.js' }, {})
    install('by-index', {}, {})
    const home = (rest: string): string => join(scratch, 'node_modules', rest)
    expect(await packageEntry('by-exports', join(scratch, 'deep', 'er'))).toBe(home('by-exports/lib/i.js'))
    expect(await packageEntry('@me/by-string', scratch)).toBe(home('@me/by-string/s.mjs'))
    expect(await packageEntry('by-main', scratch)).toBe(home('by-main/m.js'))
    expect(await packageEntry('by-index', scratch)).toBe(home('by-index/index.js'))
    expect(await packageEntry('nobody-there', scratch)).toBeUndefined()
  })

  test('are never files outside the package', async () => {
    install('escapes', { exports: '../by-main/m.js' }, {})
    expect(await packageEntry('escapes', scratch)).toBeUndefined()
  })

  test('are made with their options', async () => {
    const code = 'export default (options) => ({ name: `made-${options.size}`, apply() {} })'
    install('good', { type: 'module', exports: './i.js' }, { 'i.js': code })
    writeFileSync(join(scratch, 'local.mjs'), code)
    expect(await loadPlugin({ name: 'good', options: { size: 3 } }, [scratch])).toMatchObject({ name: 'made-3' })
    expect(await loadPlugin({ name: './local.mjs', options: {} }, [scratch])).toMatchObject({ name: 'made-undefined' })
  })

  test.each([
    ['export default 3', 'it has no default export that is a function'],
    ['export default () => ({})', 'what its factory returns has no name or no apply'],
    ['export default () => { throw new Error("too small") }', 'its factory fails: too small'],
    ['throw new Error("no way in")', 'no way in'],
  ])('%s is refused', async (code, why) => {
    const name = `./bad-${Buffer.from(code).toString('hex')}.mjs`
    writeFileSync(join(scratch, name), code)
    await expect(loadPlugin({ name, options: {} }, [scratch])).rejects.toMatchObject({ code: 'PLUGIN_BROKEN' })
    await expect(loadPlugin({ name, options: {} }, [scratch])).rejects.toThrow(why)
  })

  test('that Node cannot read: the line is found, which whoever catches the error is not told', () => {
    const file = join(scratch, 'unread.mjs')
    writeFileSync(file, 'const a = 1\nexport default () => {\n  return yield*\n}\n')
    expect(placeOfLoading(new SyntaxError("Unexpected token '*'"), pathToFileURL(file).href)).toMatchObject({
      file,
      text: `${file}:3`,
    })
  })

  test('that load a core of their own are refused, as its errors would be strangers to ours', async () => {
    const home = join(scratch, 'other/node_modules/@barter/core')
    mkdirSync(join(home, 'dist'), { recursive: true })
    // What any copy does when it is loaded.
    writeFileSync(join(home, 'dist/index.js'), 'globalThis[Symbol.for("@barter/core: copies")].add(import.meta.url)\n')
    const code =
      'import "./node_modules/@barter/core/dist/index.js"; export default () => ({ name: "other", apply() {} })'
    writeFileSync(join(scratch, 'other/plugin.mjs'), code)
    const loading = loadPlugin({ name: './other/plugin.mjs', options: {} }, [scratch])
    await expect(loading).rejects.toThrow(`it loads a @barter/core of its own, ${home}/`)
  })

  describe('and what is set for them', () => {
    beforeAll(() => {
      const made = 'name: "local-saw", apply() {}, options'
      writeFileSync(join(scratch, 'saw.mjs'), `export default (options) => ({ ${made} })`)
      const needy = 'if (!(options.teeth > 0)) throw new Error(`teeth: ${options.teeth}`)'
      writeFileSync(join(scratch, 'needy.mjs'), `export default (options) => { ${needy}; return { ${made} } }`)
    })
    const loaded = async (name: string, ...settings: readonly string[]) => {
      const all = await loadListed([{ name, options: { teeth: 3 } }], readSettings(settings), [scratch])
      return all.map(({ listed, plugin }) => [listed, 'options' in plugin ? plugin.options : {}])
    }

    test.each(['./saw.mjs', 'local-saw'])('it goes by the name %s', async (name) => {
      expect(await loaded('./saw.mjs', `${name}.teeth=5`, `${name}.steel=true`)).toEqual([
        ['./saw.mjs', { teeth: 5, steel: true }],
      ])
    })

    test('also where it cannot be made without', async () => {
      const bare = [{ name: './needy.mjs', options: {} }]
      const set = (setting: string) => loadListed(bare, readSettings([setting]), [scratch])
      expect(await set('local-saw.teeth=5')).toMatchObject([{ plugin: { name: 'local-saw', options: { teeth: 5 } } }])
      await expect(set('local-saw.teeth=0')).rejects.toThrow('its factory fails: teeth: 0')
      await expect(set('local-saw.tooth=5')).rejects.toThrow('its factory fails: teeth: undefined')
      await expect(loadListed(bare, [], [scratch])).rejects.toThrow('its factory fails: teeth: undefined')
    })

    test('a name that nobody has: what is near is named', async () => {
      await expect(loaded('./saw.mjs', 'local-saws.teeth=5')).rejects.toMatchObject({
        code: 'PLUGIN_UNKNOWN',
        hint: 'did you mean local-saw?',
      })
    })

    test('one of ours is the same by its package', async () => {
      const settings = readSettings(['platform-acs.mode=redirect', '@barter/platform-acs.mode=off'])
      const request = { name: '@barter/platform-acs', options: {} }
      expect(await loadListed([request], settings, [])).toMatchObject([{ listed: 'platform-acs' }])
      expect(await loadListed([], settings, [])).toMatchObject([{ listed: 'platform-acs' }])
    })
  })

  test('that are nowhere: what is near is named', async () => {
    await expect(loadPlugin({ name: 'platform-asc', options: {} }, [scratch])).rejects.toMatchObject({
      code: 'PLUGIN_UNKNOWN',
      hint: 'did you mean platform-acs?',
    })
  })
})
