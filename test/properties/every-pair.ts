/**
 * One lender, and every other function as its client, one after the other: import, write, look with the CPU what is in
 * the BAR, let go. The oracle judges each packet; the CPU sees whether the byte that was meant has changed.
 */
import {
  type Actor,
  type Bar,
  type Facts,
  isMemoryBar,
  type Outcome,
  p2pIndex,
  type PciFunction,
  readMsix,
  type Report,
  runningGroups,
  type Scenario,
  type Step,
  type System,
  type Topology,
} from '@barter/core'

/** Where a write is to go: the last bytes of what is lent. */
const MARK_LENGTH = 8
const STEPS_A_CLIENT = 4

interface Lender {
  readonly fn: PciFunction
  readonly bar: Bar
  /** Bytes. */
  readonly length: number
}

/** Functions with a memory BAR of a page or more, each with its largest. Those that a driver of VFIO could be bound to. */
function lenders(topology: Topology, pageSize: number): readonly Lender[] {
  return topology.functions.flatMap((fn) => {
    if (fn.bridge !== undefined || fn.kind === 'host-bridge') return []
    const msix = readMsix(fn.config)?.table.bar
    const fit = fn.bars.flatMap((bar) => {
      const { length } = bar
      return isMemoryBar(bar) && length !== undefined && length >= pageSize && bar.index !== msix
        ? [{ fn, bar, length }]
        : []
    })
    const [largest] = fit.sort((a, b) => b.length - a.length)
    return largest === undefined ? [] : [largest]
  })
}

/**
 * Whom a lender can be tried with. **Not modelled** that VFIO may not be bound to one device and a kernel driver to
 * another of its IOMMU group (VFIO-63): the addresses of such a client would be those of nobody's domain, unless they
 * turn round below the IOMMU.
 */
function clients({ topology, facts }: System, lender: Lender): readonly PciFunction[] {
  const groups = facts.iommu.mode === 'none' ? undefined : runningGroups(topology, 'ideal')
  const direct = p2pIndex(topology)
  return topology.functions.filter((fn) => {
    if (fn === lender.fn || fn.bridge !== undefined || fn.kind === 'host-bridge') return false
    // The reset when its physical function is opened leaves a virtual one without bus mastering.
    if (fn.physicalFunction === lender.fn.bdf) return false
    const apart = groups === undefined || groups.get(fn.bdf) !== groups.get(lender.fn.bdf)
    return apart || direct.pair(lender.fn.bdf, fn.bdf).mapType === 'bus-addr'
  })
}

function everyPair({ facts }: System, lender: Lender, importers: readonly PciFunction[]): Scenario {
  const ranges = rangesOf(lender, facts)
  const size = ranges.reduce((sum, range) => sum + range.length, 0)
  const [last] = ranges.slice(-1)
  const place = (last?.offset ?? 0) + (last?.length ?? 0) - MARK_LENGTH
  const steps = importers.flatMap((_fn, i): Step[] => {
    const name = nameOf(i)
    return [
      { verb: 'import', target: 'buf', args: { on: name }, as: `mr-${name}`, expect: ['ok', 'EINVAL', 'ENOMEM'] },
      { verb: 'write', target: `mr-${name}`, args: { offset: size - MARK_LENGTH, data: markOf(name) } },
      { verb: 'pread', target: 'lender', args: { region: lender.bar.index, offset: place, length: MARK_LENGTH } },
      { verb: 'close', target: `mr-${name}`, args: {} },
    ]
  })
  const user: Actor = {
    name: 'user',
    steps: [
      { verb: 'open', target: 'lender', args: {} },
      {
        verb: 'export',
        target: 'lender',
        args: {
          bar: lender.bar.index,
          ranges: ranges.map(({ offset, length }) => ({ offset: BigInt(offset), length: BigInt(length) })),
        },
        as: 'buf',
      },
      ...steps,
    ],
  }
  const others = importers.map(({ bdf }, i) => [nameOf(i), { at: bdf, driver: 'mlx5' }] as const)
  return {
    title: `every pair of ${lender.fn.bdf}`,
    devices: { lender: { at: lender.fn.bdf, driver: 'vfio-pci' }, ...Object.fromEntries(others) },
    actors: [user],
    expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
  }
}

/** Every lender of a machine with every client; the first lenders only, where `most` says so. */
export async function tryAll(system: System, most = Infinity): Promise<readonly Trial[]> {
  const all: Trial[] = []
  for (const lender of lenders(system.topology, system.facts.pageSize).slice(0, most)) {
    const importers = clients(system, lender)
    const report = await system.machine('sim').run(everyPair(system, lender, importers), { seed: 1, quiet: true })
    all.push(...trials(report, lender, importers))
  }
  return all
}

export const story = ({ lender, client, wrong }: Trial): string => `${lender.bdf} to ${client.bdf}: ${wrong.join('; ')}`

/** What became of one client. */
export interface Trial {
  readonly lender: PciFunction
  readonly client: PciFunction
  readonly mapped: boolean
  /** What the oracle said of it, and what the CPU and user space saw, as sentences; empty when all is right. */
  readonly wrong: readonly string[]
}

/** **Shape** `importers` as they were given to `everyPair`. */
function trials(report: Report, lender: Lender, importers: readonly PciFunction[]): readonly Trial[] {
  const [, , ...perClient] = report.outcomes
  return importers.map((client, i): Trial => {
    const name = nameOf(i)
    const [imported, ...others] = perClient.slice(STEPS_A_CLIENT * i, STEPS_A_CLIENT * (i + 1))
    const mapped = imported?.result.kind === 'ok'
    const said = report.violations.filter(({ actor, message }) => concerns(name, `${actor.what} ${message}`))
    const wrong = said.map(({ invariant, message }) => `${invariant}: ${message}`)
    for (const outcome of [imported, ...others]) {
      if (outcome?.met !== true) wrong.push(`${outcome?.text ?? 'a step'}: ${JSON.stringify(outcome?.result)}`)
    }
    const seen = dataOf(others[1])
    if (mapped && seen !== hexOf(markOf(name))) wrong.push(`the BAR holds ${String(seen)} and not the mark of ${name}`)
    return { lender: lender.fn, client, mapped, wrong }
  })
}

const concerns = (name: string, text: string): boolean => text.split(/\W/).includes(name)

/** Two pieces in reverse order where there is room, so that order and offsets show. */
function rangesOf({ length }: Lender, { pageSize }: Facts): readonly { offset: number; length: number }[] {
  if (length < 4 * pageSize) return [{ offset: 0, length: pageSize }]
  return [
    { offset: length - pageSize, length: pageSize },
    { offset: pageSize, length: 2 * pageSize },
  ]
}

const markOf = (name: string): string => name.padStart(MARK_LENGTH, '.').slice(-MARK_LENGTH)
const nameOf = (client: number): string => `client${client}`
const hexOf = (text: string): string =>
  `0x${Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')}`

function dataOf(outcome: Outcome | undefined): unknown {
  const result = outcome?.result
  if (result?.kind !== 'ok' || typeof result.value !== 'object') return result
  return (result.value as { readonly data?: unknown } | null)?.data
}
