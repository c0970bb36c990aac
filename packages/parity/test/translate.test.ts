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
        { op: 'makeHologram', size: '0x1000', as: 'u' },
        { op: 'closeBuf', buf: 'u' },
      ]),
    ).toEqual(['unknown-operation', 'unknown-operation'])
    expect(reasons([{ op: 'withoutRawio', do: { op: 'levitate', device: 'exporter' } }])).toEqual(['unknown-operation'])
  })

  test('VFIO-64: an address that the query gave is known if it is in a BAR, and not if it is in memory', () => {
    const query = (iova: string) => ({ op: 'noiommuGetPa', ioas: 's0', iova, length: '0x1000', as: 'pa' })
    const write = { op: 'dmaWrite', engine: 'exporter', via: { pa: 'pa' }, offset: '0x10', length: 16 }
    const place = { ioas: 's0', offset: '0x0', length: '0x1000', flags: ['read'] }
    const steps: readonly Written[] = [
      ...lent,
      { op: 'iommufdOpen', as: 'i0' },
      { op: 'ioasAlloc', as: 's0' },
      { op: 'makeMemfd', size: '0x1000', as: 'f' },
      { op: 'iommufdMapFile', ...place, buf: 'b', iova: '0x1000' },
      { op: 'iommufdMapFile', ...place, buf: 'f', iova: '0x2000' },
    ]
    expect(reasons([...steps, query('0x1000'), write]).at(-1)).toBe('said')
    const { scenario } = translateRecording(recordingWith([...steps, query('0x1800'), write]))
    const sent = scenario.actors[0]?.steps.find(({ verb }) => verb === 'dmaWrite')
    expect(sent?.args.offset).toBe(0xfe40_0000 + 0x810)
    expect(reasons([...steps, query('0x2000'), write]).at(-1)).toBe('physical-address')
  })

  test('T1-1: without an IOMMU nothing is there to unmap', () => {
    const map = {
      op: 'type1Map',
      iova: '0x1000',
      length: '0x1000',
      source: { device: 'exporter', region: 0, offset: '0x0' },
    }
    const steps = [...lent.slice(0, 2), map]
    expect(reasons(steps).at(-1)).toBe('said')
    const none = { iommu: { driver: 'none', mode: 'none', strict: false } }
    expect(reasons(steps, none).at(-1)).toBe('said')
    const unmap = { op: 'type1Unmap', iova: '0x1000', length: '0x1000' }
    expect(reasons([...steps, unmap], none).at(-1)).toBe('container-kind')
  })

  test('every operation of the format has a word, and each word is one', () => {
    expect([...KNOWN_OPS].sort()).toEqual([...FORMAT_OPS].sort())
  })

  test('T1-5: a container that is closed later is one that was opened', () => {
    const steps = [...lent.slice(0, 2), { op: 'close', device: 'exporter' }, { op: 'closeContainer', container: 'c0' }]
    expect(said(steps).slice(1)).toEqual([
      'open /dev/vfio/vfio as c0#2',
      'open exporter as exporter#1',
      'info exporter#1',
      'close exporter#1',
      'close c0#2',
    ])
  })
})

/** As the format lists them. */
const FORMAT_OPS = `bind unbind driver open close closeContainer regionInfo feature export exportAt closeBuf bufIoctl
  bufSeek bufMmap bufRead bufWrite bufPoll bufInfo attach detach pin unpin map unmap tryMap status
  timeline configWrite configRead hostConfigWrite hostConfigRead reset hotReset hotResetInfo
  sysfsReset lowPower mmap mmapAccess pread pwrite cpuWrite cpuRead distance setAcs fakeAcs
  setBridgeId dmaCopy dmaRead dmaWrite translate type1Map type1Unmap vfMemory disableVfs hotUnplug
  armRequest requestSeen startOwner killOwner start check wait kill sleep
  iommufdOpen iommufdClose ioasAlloc hwptAlloc iommufdDestroy ioasRanges ioasHugePages changeProcess openCdev
  bindIommufd attachIoas detachIoas openGroup iommufdMapFile iommufdMap iommufdCopy iommufdUnmap noiommuGetPa
  bufAttachments makeMemfd makeUdmabuf vfioIoas compatContainer containerOpen compatSetIommu compatExtension
  compatMap compatUnmap withoutRawio kernelAccess setNoiommu`.split(/\s+/)
