/** The answer files of captures, and holding an inspection against one. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Inspection, PairReport } from '@barter/inspect'

export interface ExpectedAnswers {
  /** Name of the answer file. */
  readonly file: string
  /** Path of the capture below the folder of captures. */
  readonly capture: string
  readonly cpu: { readonly cpuSupportsP2pdma: boolean }
  readonly acsKnown: boolean
  /** Where the ACS words are, if not in the capture; names a file. */
  readonly acsSource?: string
  /** Other files of the same machine, which give the same answers. */
  readonly sameAnswersFrom?: readonly string[]
  readonly pairs: readonly ExpectedPair[]
  readonly exportableBars?: Readonly<Record<string, readonly number[]>>
  readonly iommuGroups?: Readonly<Record<string, number | null>>
}

export interface ExpectedPair {
  readonly provider: string
  readonly client: string
  readonly distance: number
  readonly kernelDistance?: number
  readonly mapType?: string
  readonly mapTypeIfNoRedirect?: string
  readonly mapTypeIfRedirect?: string
  readonly commonUpstream: string | null
  readonly acsRedirectOn?: readonly string[]
  readonly acsMattersOn?: readonly string[]
  readonly hostBridges?: readonly {
    readonly rootBus: string
    readonly firstDevice: string
    readonly whitelisted: boolean
    readonly reqSameHostBridge: boolean
  }[]
  readonly wouldBeBusAddrAfter?: string
}

/** Every answer file in a folder. */
export function readExpected(folder: string): ExpectedAnswers[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as ExpectedAnswers), file }))
}

/** Sets of files each of which has to give the answers. */
export function inputsOf({
  capture,
  acsSource,
  sameAnswersFrom = [],
}: ExpectedAnswers): readonly (readonly string[])[] {
  const beside = /\b[\w-]+\/[\w.-]+\.md\b/.exec(acsSource ?? '')?.[0]
  return [beside === undefined ? [capture] : [capture, beside], ...sameAnswersFrom.map((file) => [file])]
}

/** What the file says of a pair, in the words of a report; what it leaves open is left out of both. */
export function expectedPair(pair: ExpectedPair): Partial<PairReport> {
  const { provider, client, distance, commonUpstream } = pair
  return {
    provider,
    client,
    distance,
    commonUpstream,
    ...given('kernelDistance', pair.kernelDistance),
    ...given('mapType', word(pair.mapType)),
    ...given('mapTypeIfNoRedirect', word(pair.mapTypeIfNoRedirect)),
    ...given('mapTypeIfRedirect', word(pair.mapTypeIfRedirect)),
    ...given('acsRedirectOn', pair.acsRedirectOn),
    ...given('acsMattersOn', pair.acsMattersOn),
    ...given('wouldBeBusAddrAfter', pair.wouldBeBusAddrAfter),
  }
}

/** The same fields of a report. A map type that the file does not give must not be in the report either. */
export function comparable(report: PairReport, expected: ExpectedPair): Partial<PairReport> {
  const { provider, client, distance, commonUpstream, mapType, mapTypeIfNoRedirect, mapTypeIfRedirect } = report
  return {
    provider,
    client,
    distance,
    commonUpstream,
    ...given('mapType', mapType),
    ...given('mapTypeIfNoRedirect', mapTypeIfNoRedirect),
    ...given('mapTypeIfRedirect', mapTypeIfRedirect),
    ...given('acsMattersOn', report.acsMattersOn),
    ...given('wouldBeBusAddrAfter', report.wouldBeBusAddrAfter),
    ...(expected.kernelDistance !== undefined ? { kernelDistance: report.kernelDistance } : {}),
    ...(expected.acsRedirectOn !== undefined ? { acsRedirectOn: report.acsRedirectOn } : {}),
  }
}

/** First function of each root bus and whether it is on the kernel's list, where the report speaks of host bridges. */
export function listings(report: PairReport, expected: ExpectedPair): readonly [got: unknown, wanted: unknown] {
  const wanted = (expected.hostBridges ?? []).map((one) => [
    one.rootBus,
    one.firstDevice,
    one.whitelisted,
    one.reqSameHostBridge,
  ])
  const got = report.hostBridges.map((one) => [one.id, one.first, one.listed, one.sameBridgeOnly])
  return got.length === 0 ? [[], []] : [got, wanted]
}

export function exportableBars(inspection: Inspection, bdf: string): readonly number[] {
  const bars = inspection.devices.find((device) => device.bdf === bdf)?.bars ?? []
  // Bytes alone do not tell lengths; then it is open, and the answer files count the BAR in.
  return bars.filter(({ exportable }) => exportable !== false).map(({ bar }) => bar)
}

const word = (text: string | undefined): PairReport['mapType'] =>
  text?.toLowerCase().replaceAll('_', '-') as PairReport['mapType']

const given = <K extends keyof PairReport>(key: K, value: PairReport[K] | undefined): Partial<PairReport> =>
  value === undefined ? {} : { [key]: value }
