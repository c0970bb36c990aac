/** The plugin: how a platform takes it when a request is not answered. */
import { type Bdf, DEVICES, parseBdf, type Plugin, TOPOLOGY, TRACE } from '@barter/core'
import { hazardFatal, hazardGood, hazardPlatform, hazardPort, hazardTimeout, hazardUncarried } from './errors.ts'
import {
  FATAL_REQUESTS,
  type HazardOptions,
  PLATFORM_MANNERS,
  type PlatformManner,
  UNCARRIED_WAYS,
} from './hazard-options.ts'
import { Manner, type Manners } from './hazard-policy.ts'

const NAME = 'platform-hazard'
const SHORTEST = 50
const LONGEST = 50_000

/**
 * Say what becomes of a request to a function that is silent, or that no longer decodes its BARs.
 *
 * A good platform gives all ones to who reads and drops what is written; functions with AER write down what they saw,
 * and a read of a silent function takes as long as a completion timeout. On a poor one such a request is the last thing
 * that the machine does.
 *
 * **Shape** a word alone is short for `{ platform }`.
 * **Errors** `UsageError` `HAZARD_PLATFORM`, `HAZARD_FATAL`, `HAZARD_GOOD`, `HAZARD_PORT`, `HAZARD_TIMEOUT`,
 * `HAZARD_UNCARRIED`. **Source** HAZ-1 to HAZ-4, HAZ-8, TRG-17, TRG-21.
 */
export function hazard(options: HazardOptions | PlatformManner = {}): Plugin {
  const manners = mannersOf(typeof options === 'string' ? { platform: options } : options)
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.platform.tap(NAME, (platform, run) => ({
        ...platform,
        hazard: new Manner(run.get(TOPOLOGY), run.get(DEVICES), run.get(TRACE), manners),
      }))
    },
  }
}

function mannersOf({
  platform = 'good',
  fatal,
  completionTimeout = LONGEST,
  uncarried = 'refused',
  containment = [],
}: HazardOptions): Manners {
  if (!PLATFORM_MANNERS.includes(platform)) throw hazardPlatform(platform)
  const unknown = fatal?.find((word) => !FATAL_REQUESTS.includes(word))
  if (unknown !== undefined) throw hazardFatal(unknown)
  if (platform === 'good' && fatal !== undefined && fatal.length > 0) throw hazardGood()
  if (!Number.isInteger(completionTimeout) || completionTimeout < SHORTEST || completionTimeout > LONGEST) {
    throw hazardTimeout(completionTimeout)
  }
  if (!UNCARRIED_WAYS.includes(uncarried)) throw hazardUncarried(uncarried)
  return {
    fatal: platform === 'good' ? [] : (fatal ?? ['cpu-read', 'peer-read']),
    completionTimeout,
    uncarried,
    containment: containment.map(portNamed),
  }
}

function portNamed(name: string): Bdf {
  const bdf = parseBdf(name)
  if (bdf === undefined) throw hazardPort(name)
  return bdf
}
