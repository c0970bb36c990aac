import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../src/recording.ts'
import { translateRecording } from '../src/translate.ts'
import { KNOWN_OPS } from '../src/vocabulary.ts'
import { recordingWith } from './a-recording.ts'

type Written = JsonObject & { readonly op: string }

/** Steps of an actor as `verb target`, without the pauses between recorded steps. */
function said(steps: readonly Written[], actor = 'user'): readonly string[] {
  const { scenario } = translateRecording(recordingWith(steps))
  const found = scenario.actors.find((one) => one.name === actor)?.steps ?? []
  return found
    .filter(({ verb, args }) => verb !== 'sleep' || args.ticks !== 12_000)
    .map(({ verb, target, as }) => [verb, target, ...(as === undefined ? [] : [`as ${as}`])].join(' ').trim())
}

const lent: readonly Written[] = [
  { op: 'bind', device: 'exporter' },
  { op: 'open', device: 'exporter' },
  { op: 'export', device: 'exporter', region: 0, ranges: [['0x0', '0x1000']], as: 'b' },
]

describe('a recording as a scenario', () => {
  test('names that a recording uses again are names of different things', () => {
    expect(said([...lent, { op: 'closeBuf', buf: 'b' }, ...lent.slice(2), { op: 'closeBuf', buf: 'b' }])).toEqual([
      'bind exporter',
      'open exporter as exporter#1',
      'info exporter#1',
      'export exporter#1 as b#2',
      'close b#2',
      'export exporter#1 as b#3',
      'close b#3',
    ])
  })

  test('drivers are not bound before a step binds them, and only devices that are named take part', () => {
    const { scenario } = translateRecording(recordingWith(lent))
    expect(scenario.devices).toEqual({ exporter: { at: '0000:01:00.0', driver: 'vfio-pci', bind: false } })
  })

  test('a newcomer attaches, maps, and goes; the IOMMU is asked for each range and for the last page', () => {
    const steps = [...lent, { op: 'tryMap', buf: 'b', client: 'client' }]
    expect(said(steps).slice(-4)).toEqual([
      'import b#2 as moment#3',
      'map moment#3',
      'translate moment#3',
      'close moment#3',
    ])
    const { scenario } = translateRecording(recordingWith(steps))
    expect(scenario.actors[0]?.steps.find(({ verb }) => verb === 'translate')?.args).toEqual({ offsets: [0] })
  })

  test('REV-2: what another thread does is an actor that is started, and looked at', () => {
    const steps = [
      ...lent,
      { op: 'start', do: { op: 'close', device: 'exporter' }, afterMs: 500, as: 'closing' },
      { op: 'wait', of: 'closing', timeoutMs: 3000 },
    ]
    expect(said(steps).slice(-5)).toEqual([
      'start closing#3',
      'sleep',
      'look closing#3',
      'wait closing#3',
      'look closing#3',
    ])
    expect(said(steps, 'closing#3')).toEqual(['close exporter#1'])
  })

  test('MM-10: CPU mappings that stay in place are gone before the file is closed', () => {
    const touch = { op: 'mmapAccess', device: 'exporter', region: 0, offset: '0x0', kind: 'read' }
    expect(said([...lent.slice(0, 2), touch, touch, { op: 'close', device: 'exporter' }]).slice(3)).toEqual([
      'mmap exporter#1 as moment#2',
      'load moment#2',
      'load moment#2',
      'close moment#2',
      'close exporter#1',
    ])
  })

  test('what was seen plays no part', () => {
    const other = lent.map((step) => ({ ...step, saw: { errno: 'EINVAL' } }))
    expect(translateRecording(recordingWith(other)).scenario).toEqual(translateRecording(recordingWith(lent)).scenario)
  })

  test.each([
    [{ op: 'closeBuf', buf: 'b' }, 'steps[0] names the buffer b, which nobody made'],
    [{ op: 'bind', device: 'elsewhere' }, 'steps[0] names elsewhere, which is no role and no function of the machine'],
    [{ op: 'reset', device: 'exporter' }, 'steps[0] names the file exporter, which nobody made'],
  ])('a step that names what nobody made is one clear mistake: %j', (step, complaint) => {
    expect(() => translateRecording(recordingWith([step]))).toThrow(
      expect.objectContaining({ code: 'RECORDING_STEP', message: `small: ${complaint}` }),
    )
  })
})

describe('beyond the machine', () => {
  const reasons = (steps: readonly Written[], change?: JsonObject) =>
    translateRecording(recordingWith(steps, change)).steps.map(({ said }) => {
      const seen = said.steps.length > 0 ? undefined : said.saw([], () => [])
      return seen !== undefined && 'notComparable' in seen ? seen.notComparable : 'said'
    })

  test('an operation without a word says so, and what it would have made is missing from then on', () => {
    expect(
      reasons([
        { op: 'levitate', device: 'exporter', as: 'x' },
        { op: 'bind', device: 'exporter' },
      ]),
    ).toEqual(['unknown-operation', 'said'])
    expect(
      reasons([
        { op: 'makeUdmabuf', size: '0x1000', as: 'u' },
        { op: 'closeBuf', buf: 'u' },
      ]),
    ).toEqual(['iommufd', 'iommufd'])
  })

  test('what only iommufd did is not asked about; what the device itself did is', () => {
    const [bind, , exports] = lent
    if (bind === undefined || exports === undefined) throw new Error('no steps')
    const steps = [
      bind,
      { op: 'openCdev', device: 'exporter' },
      { op: 'bindIommufd', device: 'exporter' },
      { op: 'attachIoas', device: 'exporter', ioas: 's0' },
      exports,
      { op: 'iommufdMapFile', ioas: 's0', buf: 'b', offset: '0x0', length: '0x1000', flags: ['read'] },
      { op: 'bufInfo', buf: 'b' },
      { op: 'translate', client: 'exporter', via: { iova: '0x0' }, target: { device: 'exporter', region: 0 } },
    ]
    expect(reasons(steps)).toEqual(['said', 'said', 'said', 'iommufd', 'said', 'iommufd', 'iommufd', 'iommufd'])
  })

  test('T1-1: without an IOMMU a container maps nothing', () => {
    const map = {
      op: 'type1Map',
      iova: '0x1000',
      length: '0x1000',
      source: { device: 'exporter', region: 0, offset: '0x0' },
    }
    const steps = [...lent.slice(0, 2), map]
    expect(reasons(steps).at(-1)).toBe('said')
    const none = { iommu: { driver: 'none', mode: 'none', strict: false } }
    expect(reasons(steps, none).at(-1)).toBe('container-kind')
  })

  test('every operation of the format has a word, but for the end of a container', () => {
    expect(FORMAT_OPS.filter((op) => !KNOWN_OPS.includes(op))).toEqual(['closeContainer'])
  })
})

/** As the format lists them. */
const FORMAT_OPS = `bind unbind driver open close closeContainer regionInfo feature export exportAt closeBuf bufIoctl
  bufSeek bufMmap bufRead bufWrite bufPoll bufInfo attach detach pin unpin map unmap tryMap status
  timeline configWrite configRead hostConfigWrite hostConfigRead reset hotReset hotResetInfo
  sysfsReset lowPower mmap mmapAccess pread pwrite cpuWrite cpuRead distance setAcs fakeAcs
  setBridgeId dmaCopy dmaRead dmaWrite translate type1Map type1Unmap vfMemory disableVfs hotUnplug
  armRequest requestSeen startOwner killOwner start check wait kill sleep`.split(/\s+/)
