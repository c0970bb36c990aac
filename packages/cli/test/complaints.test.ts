/** What is wrong with a scenario, as people are told. Whole messages: their looks are the point. */
import { describe, expect, test } from 'vitest'
import { complaintError } from '../src/scenario/complaint.ts'
import { checkAgainst } from '../src/scenario/schema-check.ts'
import { outlineSchema } from '../src/scenario/schema.ts'
import { topologySchema } from '../src/scenario/topology-schema.ts'
import { yamlSource } from '../src/scenario/yaml-source.ts'
import { checkSteps } from '../src/scenario/check-steps.ts'
import { checkExports } from '../src/scenario/check-exports.ts'
import type { ScenarioFile } from '../src/scenario/scenario-file.ts'
import { stepWords } from '../src/scenario/step-words.ts'
import { storyOf } from '../src/scenario/story.ts'
import { buildTopology } from '@barter/core'

const outline = outlineSchema(topologySchema)

const RESET = { summary: 'reset the device', args: { type: 'object', additionalProperties: false, properties: {} } }
/** Its argument is called as it is. */
const FEATURE = {
  summary: 'ask',
  args: {
    type: 'object',
    required: ['feature'],
    properties: { feature: { type: 'integer', description: 'a number' } },
  },
}
const words = stepWords([
  { driver: 'vfio-pci', role: 'exporter', controls: { reset: RESET, feature: FEATURE } },
  {
    driver: 'mlx5',
    role: 'importer',
    controls: {},
    importOptions: { type: 'object', properties: { access: { enum: ['read', 'write'] } } },
  },
  { driver: 'plain', role: 'importer', controls: {} },
])

/** A function with one BAR of 64 KiB. */
const fn = buildTopology({
  hostBridges: [
    { devices: [{ rootPort: 'rp', below: [{ endpoint: 'nvme', bars: [{ index: 0, length: '64 KiB' }] }] }] },
  ],
}).topology.functions.find(({ kind }) => kind === 'endpoint')

/** What a person would read; empty when there is nothing to say. */
function said(text: string): string {
  try {
    const source = yamlSource('s.yaml', '/', text)
    const shape = checkAgainst(outline, source.value)
    if (shape.length > 0) throw complaintError(source, shape)
    const story = storyOf(source.value as ScenarioFile)
    const { steps, complaints } = checkSteps(story, words, { importers: ['mlx5'], silent: ['shy'] })
    const all = complaints.length > 0 ? complaints : checkExports(story, steps, () => fn, 4096)
    if (all.length > 0) throw complaintError(source, all)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

/** A scenario around some steps of its one actor. */
const withSteps = (...steps: string[]): string =>
  [
    'title: t',
    'devices: { nvme: { at: 01:00.0, driver: vfio-pci }, nic: { at: 02:00.0, driver: mlx5 }, odd: { at: 03:00.0, driver: shy }, gpu: { at: 04:00.0, driver: plain } }',
    'actors:',
    '  vmm:',
    ...steps.map((step) => `    - ${step}`),
  ].join('\n')

describe('a scenario with a mistake', () => {
  test.each([
    [
      'a step nobody knows',
      withSteps('reeset: nvme'),
      's.yaml:5:7 unknown step reeset\n  5 |     - reeset: nvme\n    |       ^\n  did you mean reset?',
    ],
    [
      'a driver without the word',
      withSteps('reset: nic'),
      's.yaml:5:7 driver mlx5 of nic has no reset\n  5 |     - reset: nic\n    |       ^\n  reset is a word of vfio-pci',
    ],
    [
      'a device nobody has',
      withSteps('open: nvmr'),
      's.yaml:5:13 nobody made nvmr: a device is wanted here\n  5 |     - open: nvmr\n    |             ^\n  did you mean nvme?',
    ],
    [
      'an import nobody makes',
      withSteps('{ write: mr, length: 4 }'),
      's.yaml:5:16 nobody made mr: an import is wanted here\n  5 |     - { write: mr, length: 4 }\n    |                ^\n  name what an earlier step makes with `as`',
    ],
    [
      'a wrong kind of target',
      withSteps('{ write: nvme, length: 4 }'),
      's.yaml:5:16 nvme is a device, and write acts on an import\n  5 |     - { write: nvme, length: 4 }\n    |                ^',
    ],
    [
      'an importer that there is not',
      withSteps('open: nvme', '{ export: nvme, bar: 0, as: b }', '{ import: b, on: nic, driver: mlx6 }'),
      's.yaml:7:37 no plugin gives the importer mlx6\n  7 |     - { import: b, on: nic, driver: mlx6 }\n    |                                     ^\n  did you mean mlx5?',
    ],
    [
      'a missing argument',
      withSteps('open: nvme', '{ export: nvme, bar: 0, as: b }', 'import: b'),
      's.yaml:7:7 part 3 of vmm needs on\n  7 |     - import: b\n    |       ^\n  on: the importing device; or misc, a device that is no PCI function',
    ],
    [
      'an argument nobody knows',
      withSteps('open: nvme', '{ close: nvme, offset: 3 }'),
      's.yaml:6:22 unknown key offset\n  6 |     - { close: nvme, offset: 3 }\n    |                      ^\n  known here: close, expect',
    ],
    [
      'an option that the driver refuses',
      withSteps('open: nvme', '{ export: nvme, bar: 0, as: b }', '{ import: b, on: nic, access: rad }'),
      's.yaml:7:37 rad is not one of read, write\n  7 |     - { import: b, on: nic, access: rad }\n    |                                     ^\n  did you mean read?',
    ],
    [
      'an option for a driver that takes none',
      withSteps('open: nvme', '{ export: nvme, bar: 0, as: b }', '{ import: b, on: gpu, access: read }'),
      's.yaml:7:29 unknown key access\n  7 |     - { import: b, on: gpu, access: read }\n    |                             ^\n  known here: import, on, driver, as, expect',
    ],
    [
      'a size that is none',
      withSteps('open: nvme', '{ export: nvme, bar: 0, ranges: [{ offset: 0, length: 4 KB }] }'),
      's.yaml:6:61 "4 KB" is not a number of 64 bits: 4096, 0x1000 or 64 KiB\n  6 |     - { export: nvme, bar: 0, ranges: [{ offset: 0, length: 4 KB }] }\n    |                                                             ^',
    ],
    [
      'a BAR that is not there',
      withSteps('open: nvme', '{ export: nvme, bar: 4 }'),
      's.yaml:6:28 nvme (0000:01:00.0) has no memory BAR 4\n  6 |     - { export: nvme, bar: 4 }\n    |                            ^\n  it has 0 (64 KiB); or write expect: ENODEV if the refusal is the point',
    ],
    [
      'a range beyond the BAR',
      withSteps('open: nvme', '{ export: nvme, bar: 0, ranges: [{ offset: 60 KiB, length: 8 KiB }] }'),
      's.yaml:6:40 this range ends at 0x11000, beyond BAR 0 of nvme, which is 64 KiB\n(0x10000) long\n  6 |     - { export: nvme, bar: 0, ranges: [{ offset: 60 KiB, length: 8 KiB\n    |                                        ^\n  shorten the range, or write expect: EINVAL if the refusal is the point',
    ],
    [
      'a range inside a page',
      withSteps('open: nvme', '{ export: nvme, bar: 0, ranges: [{ offset: 16, length: 8 KiB }] }'),
      's.yaml:6:50 offset 0x10 is no multiple of the page size 0x1000\n  6 |     - { export: nvme, bar: 0, ranges: [{ offset: 16, length: 8 KiB }]\n    |                                                  ^\n  round it to pages, or write expect: EINVAL if the refusal is the point',
    ],
    [
      'a name that is taken',
      withSteps('open: nvme', '{ export: nvme, bar: 0, as: b }', '{ export: nvme, bar: 0, as: b }'),
      's.yaml:7:35 b is the name of something else already\n  7 |     - { export: nvme, bar: 0, as: b }\n    |                                   ^\n  names are for the whole scenario; choose another',
    ],
    [
      'a wrong outcome',
      withSteps('{ open: nvme, expect: EINVALID }'),
      's.yaml:5:29 EINVALID is not one of ok, error, EPERM, ENOENT, EIO, E2BIG,\nEBADF, EAGAIN, ...\n  5 |     - { open: nvme, expect: EINVALID }\n    |                             ^\n  did you mean EINVAL?',
    ],
    [
      'an expectation in other words',
      `${withSteps('open: nvme')}\nexpect: [no violations]`,
      's.yaml:6:10 "no violations" is not no violation, violation of INV-1, everybody\nfinishes, steps in the usual order only, or: ACTOR blocks\n  6 | expect: [no violations]\n    |          ^',
    ],
    [
      'a tab',
      'title: t\n\tmachine: x',
      's.yaml:2:1 a tab indents this line\n  2 |  machine: x\n    | ^\n  YAML indents with spaces only',
    ],
    [
      'a key twice',
      'title: t\ntitle: u',
      's.yaml:2:1 this key is there twice\n  2 | title: u\n    | ^\n  leave one of the two out',
    ],
    [
      'two documents',
      'title: t\n---\ntitle: u',
      's.yaml:2:1 a second document begins here\n  2 | ---\n    | ^\n  one file holds one scenario; drop the line ---',
    ],
    [
      'a colon in a text',
      'title: a: b',
      's.yaml:1:8 the indentation is not clear here\n  1 | title: a: b\n    |        ^\n  quote texts that have ": " in them, and align the keys',
    ],
    [
      'a mistyped key that is needed',
      withSteps('open: nvme').replace('title', 'titel'),
      's.yaml:1:1 unknown key titel\n  1 | titel: t\n    | ^\n  did you mean title?',
    ],
    [
      'a topology with a mistyped device',
      `${withSteps('open: nvme')}\ntopology: { hostBridges: [{ devices: [{ rootPrt: x }] }] }`,
      's.yaml:6:41 unknown key rootPrt\n  6 | topology: { hostBridges: [{ devices: [{ rootPrt: x }] }] }\n    |                                         ^\n  did you mean rootPort?',
    ],
  ])('%s', (_name, text, message) => {
    expect(said(text)).toBe(message)
  })

  test.each([
    ['an argument with the name of its verb', withSteps('{ feature: nvme, args: { feature: 3 } }')],
    ['its own words', withSteps('open: nvme', 'reset: nvme', '{ sleep: 30 ms }', 'close: nvme')],
    [
      'a range that is to be refused',
      withSteps('open: nvme', '{ export: nvme, bar: 0, ranges: [{ offset: 0, length: 1 GiB }], expect: EINVAL }'),
    ],
    ['the words of a driver that does not say which it knows', withSteps('open: odd', '{ polish: odd, how: well }')],
    [
      'options of a driver that does not say which it takes',
      withSteps('open: nvme', '{ export: nvme, bar: 0, as: b }', '{ import: b, on: odd, how: well }'),
    ],
    [
      'numbers of 64 bits',
      withSteps(
        'open: nvme',
        '{ export: nvme, bar: 0, ranges: [{ offset: 18446744073709547520, length: 0xfffff000 }], expect: [EINVAL, EOVERFLOW] }',
      ),
    ],
    [
      'JSON with tabs',
      '{\n\t"title": "t",\n\t"devices": { "nvme": { "at": "01:00.0", "driver": "vfio-pci" } },\n\t"actors": { "vmm": [{ "open": "nvme" }] }\n}',
    ],
  ])('nothing is said of %s', (_name, text) => {
    expect(said(text)).toBe('')
  })

  test('no more than five mistakes are told at once', () => {
    const lines = said(withSteps(...Array.from({ length: 9 }, (_, i) => `opn${i}: nvme`))).split('\n\n')
    expect(lines).toHaveLength(5)
  })

  test('lines are no longer than 80 columns, however much there is to say', () => {
    const source = yamlSource('s.yaml', '/', withSteps('open: nvme'))
    const message = 'a word '.repeat(15).trim()
    const { message: told } = complaintError(source, [{ path: ['actors'], message, hint: message }])
    expect(told.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(told.replaceAll(/\s+/g, ' ').split(message)).toHaveLength(3)
  })
})
