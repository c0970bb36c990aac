/** What a person can get wrong with the simulator: each code once, with the function that builds it. Sorted by code. */
import {
  described,
  type Device,
  driverBroken,
  type KernelError,
  nearest,
  type Need,
  type SourcePlace,
  type System,
  UsageError,
} from '@barter/core'

/** Which step is meant, for messages. */
export interface StepSite {
  readonly actor: string
  readonly index: number
  readonly place?: SourcePlace
}

export const actorTwice = (name: string): UsageError =>
  new UsageError('ACTOR_TWICE', `actor ${name} is there twice`, { hint: 'give each actor a name of its own' })

export const deviceTwice = (at: string, first: string, second: string): UsageError =>
  new UsageError('DEVICE_TWICE', `${at} is called ${first} and ${second}`, { hint: 'give each function one name' })

/** Of a packet. */
export const noLength = (device: string, length: unknown): UsageError =>
  driverBroken(`of ${device}`, `it sends a packet of ${described(length)} bytes`, 'a length is a whole number of bytes')

export const driverUnknown = (driver: string, { exporters, importers }: System['drivers']): UsageError => {
  const known = [...new Set([...exporters, ...importers])]
  return new UsageError('DRIVER_UNKNOWN', `no plugin gives an exporter or importer for driver ${driver}`, {
    hint: nearest(driver, known) ?? `known: ${known.join(', ') || 'none; add a plugin'}`,
  })
}

export const nameTwice = (name: string, site: StepSite): UsageError =>
  new UsageError('NAME_TWICE', `${siteText(site)} makes ${name}, a name that is taken`, {
    hint: 'names are for the whole scenario; choose another with as',
  })

export const nameUnknown = (name: string, wanted: string, known: readonly string[], site: StepSite): UsageError =>
  new UsageError(
    'NAME_UNKNOWN',
    `${siteText(site)} needs ${wanted}, and ${name === '' ? 'none is named' : name + ' is none'}`,
    {
      hint:
        nearest(name, known) ?? (known.length === 0 ? 'nothing of that kind is made' : `known: ${known.join(', ')}`),
    },
  )

export const probeFailed = (device: Device, driver: string, cause: KernelError): UsageError =>
  new UsageError(
    'PROBE_FAILED',
    `driver ${driver} refused ${device.name} (${device.bdf}): ${cause.errno}, ${cause.message}`,
    {
      hint: 'bind another driver, or choose another device',
      cause,
    },
  )

export const serviceNeeded = (site: StepSite, driver: string, { what, hint }: Need): UsageError =>
  new UsageError('SERVICE_NEEDED', `${siteText(site)}: driver ${driver} needs ${what}, and no plugin gives it`, {
    hint,
  })

export const stepInvalid = (site: StepSite, message: string, hint: string): UsageError =>
  new UsageError('STEP_INVALID', `${siteText(site)}: ${message}`, { hint })

export const strategyChoice = (chosen: number, runnable: readonly number[]): UsageError =>
  new UsageError('STRATEGY_CHOICE', `the strategy chose thread ${chosen}, which cannot go on`, {
    hint: `choose one of ${runnable.join(', ')}`,
  })

export const verbUnknown = (verb: string, known: readonly string[], site: StepSite): UsageError =>
  new UsageError('VERB_UNKNOWN', `${siteText(site)}: nobody understands ${verb}`, {
    hint: nearest(verb, known) ?? `known here: ${known.join(', ')}`,
  })

/** `step 3 of vmm (line 12)` */
const siteText = ({ actor, index, place }: StepSite): string =>
  `step ${index + 1} of ${actor}${place === undefined ? '' : ` (line ${place.line})`}`
