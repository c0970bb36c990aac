/** Whatever a person gets wrong: one clear message with a remedy, the right exit code, no stack, nothing half-written. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { barter, missing, PROCESS_TIMEOUT, root, type Said } from './barter.ts'
import { called } from './called.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-bad-'))
const capture = join(root, 'examples', 'captures', 'qemu-fabric-epyc-iommu.tar.gz')

beforeAll(() => {
  const whole = readFileSync(capture)
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(scratch, name), content)
  write('empty.tar.gz', '')
  write('cut.tar.gz', whole.subarray(0, whole.length / 2))
  write('noise.tar.gz', gzipSync(Buffer.from('this is no tar archive'.repeat(100))))
  write('text.txt', 'hello')
  mkdirSync(join(scratch, 'folder'))
  mkdirSync(join(scratch, 'no-devices', 'sys', 'bus', 'pci', 'devices'), { recursive: true })
  write('binary.yaml', Uint8Array.from([0xff, 0xfe, 0x00, 0x80]))
  write('empty.yaml', '')
  write('broken.yaml', 'title: [a\n')
  write('throws.mjs', 'throw new Error("no such luck")')
  write('no-default.mjs', 'export const title = 1')
  write('typed.ts', 'export default {}')
  const throws = (hook: string): string =>
    `export default () => ({ name: 'x', apply: ({ hooks }) => { hooks.${hook}.tap('x', () => { throw new TypeError('no such x') }) } })`
  mkdirSync(join(scratch, 'plugin'))
  write('plugin/in-a-step.mjs', throws('fault'))
  write('throws-in-a-step.yaml', scenario({ plugins: '[./plugin/in-a-step.mjs]' }))
  write('counterexample.json', '{ "schema": "barter.counterexample/1" }')
  write('no-plugin-file.yaml', scenario({ plugins: '[./plugin/gone.mjs]' }))
  write('unknown-step.yaml', scenario({ steps: '- reeset: nvme' }))
  write('unknown-device.yaml', scenario({ at: '0000:03:00.9' }))
  write('absent-device.yaml', scenario({ at: '0000:99:00.0' }))
  write('unknown-driver.yaml', scenario({ driver: 'vfio-pcj' }))
  write('unknown-plugin.yaml', scenario({ plugins: '[barter-importer-fpga]' }))
  write('bad-option.yaml', scenario({ plugins: '[{ platform-acs: { mode: offf } }]' }))
  write(
    'beyond-bar.yaml',
    scenario({ steps: '- { export: nvme, bar: 2, ranges: [{ offset: 64 MiB, length: 4 KiB }] }' }),
  )
  write('no-bar.yaml', scenario({ steps: '- { export: nvme, bar: 5 }' }))
  write('absent-capture.yaml', scenario({ machine: 'nowhere.tar.gz' }))
  write('cut-capture.yaml', scenario({ machine: 'cut.tar.gz' }))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** In the scratch folder. The reader of machines knows only the directory of the process. */
const calledHere = ([command = '', path = '', ...options]: readonly string[]): Promise<Said> =>
  called([command, command === 'inspect' && !isAbsolute(path) ? join(scratch, path) : path, ...options], scratch)

interface Parts {
  readonly machine?: string
  readonly at?: string
  readonly driver?: string
  readonly plugins?: string
  readonly steps?: string
}

const scenario = ({
  machine = capture,
  at = '0000:03:00.0',
  driver = 'vfio-pci',
  plugins = '[]',
  steps = '',
}: Parts): string =>
  [
    'title: t',
    `machine: ${machine}`,
    `plugins: ${plugins}`,
    `devices: { nvme: { at: '${at}', driver: ${driver} } }`,
    'actors:',
    '  vmm:',
    '    - open: nvme',
    ...(steps === '' ? [] : [`    ${steps}`]),
  ].join('\n')

describe('bad input', () => {
  test.each([
    // inspect
    ['inspect nowhere', 'CAPTURE_MISSING', 'check the path'],
    ['inspect empty.tar.gz', 'CAPTURE_EMPTY', 'barter capture'],
    ['inspect cut.tar.gz', 'CAPTURE_TRUNCATED', 'copy the file again'],
    ['inspect noise.tar.gz', 'CAPTURE_', ''],
    ['inspect text.txt', 'CAPTURE_FORMAT', 'lspci -vvvnn'],
    ['inspect folder', 'CAPTURE_NO_SYSFS', 'it needs bus/pci/devices'],
    ['inspect no-devices', 'CAPTURE_NO_DEVICES', 'take it on a machine that has some'],
    [`inspect ${capture} --pair 03:00.0`, 'OPTION_INVALID', 'as in --pair'],
    [`inspect ${capture} --pair nvme,nic`, 'FUNCTION_NAME', 'write it as sysfs does'],
    [`inspect ${capture} --pair 03:00.0,03:00.1`, 'DEVICE_UNKNOWN', 'did you mean'],
    // run: files
    ['run nowhere.yaml', 'SCENARIO_MISSING', 'check the path'],
    ['run folder', 'SCENARIO_UNREADABLE', 'name one of the files in it'],
    ['run text.txt', 'SCENARIO_UNREADABLE', 'a scenario ends in'],
    ['run binary.yaml', 'SCENARIO_UNREADABLE', 'save it as UTF-8'],
    ['run empty.yaml', 'SCENARIO_INVALID', 'it needs title'],
    ['run broken.yaml', 'SCENARIO_INVALID', 'broken.yaml:2:1'],
    ['run throws.mjs', 'SCENARIO_UNREADABLE', 'no such luck'],
    ['run no-default.mjs', 'SCENARIO_UNREADABLE', 'export default'],
    [`run ${capture}`, 'SCENARIO_UNREADABLE', 'a scenario ends in'],
    // run: what is in them
    ['run unknown-step.yaml', 'SCENARIO_INVALID', 'did you mean reset?'],
    ['run unknown-device.yaml', 'SCENARIO_INVALID', 'did you mean 0000:03:00.0?'],
    ['run absent-device.yaml', 'SCENARIO_INVALID', 'this machine has no function 0000:99:00.0'],
    ['run unknown-driver.yaml', 'SCENARIO_INVALID', 'did you mean vfio-pci?'],
    ['run unknown-plugin.yaml', 'PLUGIN_UNKNOWN', 'install the package in'],
    ['run bad-option.yaml', 'ACS_MODE', ''],
    ['run no-plugin-file.yaml', 'PLUGIN_UNKNOWN', 'name the module itself'],
    ['run throws-in-a-step.yaml', 'PLUGIN_THREW', 'plugin/in-a-step.mjs:1:'],
    ['explore throws-in-a-step.yaml', 'PLUGIN_THREW', 'plugin/in-a-step.mjs:1:'],
    // explore and replay: options
    ['explore beyond-bar.yaml --seed -1', 'OPTION_INVALID', 'leave it out for seed 1'],
    ['explore beyond-bar.yaml --workers 0', 'OPTION_INVALID', 'leave it out for one'],
    ['explore beyond-bar.yaml --schedules 9999999999', 'OPTION_INVALID', '4294967295 at most'],
    ['explore beyond-bar.yaml --resume folder', 'CHECKPOINT_BROKEN', 'it is a folder'],
    ['explore beyond-bar.yaml --junit new.xml --sarif ./new.xml', 'OPTION_INVALID', 'give each a file of its own'],
    ['explore counterexample.json', 'SCENARIO_UNREADABLE', 'play it with barter replay counterexample.json'],
    ['replay nowhere.json', 'COUNTEREXAMPLE_BROKEN', 'there is no such file, and it is no token'],
    ['run beyond-bar.yaml', 'SCENARIO_INVALID', 'or write expect: EINVAL if the refusal is the point'],
    ['run no-bar.yaml', 'SCENARIO_INVALID', 'it has 0 (16 KiB), 2 (64 MiB)'],
    ['run absent-capture.yaml', 'CAPTURE_MISSING', 'nowhere.tar.gz'],
    ['run cut-capture.yaml', 'CAPTURE_TRUNCATED', 'copy the file again'],
    // run: options
    ['run beyond-bar.yaml --seed one', 'OPTION_INVALID', 'leave it out'],
    ['run beyond-bar.yaml --set acs', 'OPTION_INVALID', 'as in --set'],
    ['run beyond-bar.yaml --set platform-asc.mode=off', 'PLUGIN_UNKNOWN', 'did you mean platform-acs?'],
  ])('barter %s: %s', async (line, code, remedy) => {
    const before = readdirSync(scratch)
    const { exit, out, err } = await calledHere(line.split(' '))
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err.split('\n')[0]).toMatch(new RegExp(`^error ${code}`))
    expect(err).toContain(remedy)
    expect(err).not.toMatch(/^\s+at .*[:(]\d+/m)
    expect(err).not.toContain('\u001b')
    expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(12)
    expect(err.split('\n').filter((text) => text.length > 120 && !text.includes(scratch))).toEqual([])
    expect(readdirSync(scratch)).toEqual(before)
  })
})

describe.skipIf(missing !== undefined)('bad input to a process', { timeout: PROCESS_TIMEOUT }, () => {
  test.each([
    ['inspect cut.tar.gz', 'CAPTURE_TRUNCATED'],
    ['run unknown-step.yaml', 'SCENARIO_INVALID'],
    ['run unknown-plugin.yaml', 'PLUGIN_UNKNOWN'],
  ])('barter %s: %s', (line, code) => {
    const before = readdirSync(scratch)
    const { exit, out, err } = barter(line.split(' '), scratch)
    expect({ exit, out, head: err.split('\n')[0] }).toEqual({ exit: 2, out: '', head: `error ${code}` })
    expect(err).not.toMatch(/^\s+at .*[:(]\d+/m)
    expect(readdirSync(scratch)).toEqual(before)
  })

  test('SCENARIO_UNREADABLE: TypeScript where Node does not run it', (context) => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    context.skip(major > 22 || (major === 22 && minor >= 18), 'this Node runs TypeScript')
    const { exit, err } = barter(['run', 'typed.ts'], scratch)
    expect(exit).toBe(2)
    expect(err).toContain('use Node 22.18 or later, or write it as .mjs or .yaml')
  })

  test.each([[['rnu']], [['inspect', '--piar', 'x']], [['run']], [[]]])('barter %j says how it is used', (args) => {
    const { exit, out, err } = barter(args, scratch)
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err).toMatch(/--help/)
  })

  test('--debug adds where it arose', () => {
    const { exit, err } = barter(['run', 'cut-capture.yaml', '--debug'], scratch)
    expect(exit).toBe(2)
    expect(err).toMatch(/^\s+at .*\d+:\d+/m)
  })
})
