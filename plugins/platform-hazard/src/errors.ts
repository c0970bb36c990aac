/** Mistakes of whoever says how a platform behaves. */
import { nearest, UsageError } from '@barter/core'
import { FATAL_REQUESTS, PLATFORM_MANNERS, UNCARRIED_WAYS } from './hazard-options.ts'

const plugin = 'platform-hazard'

export const hazardFatal = (word: string): UsageError =>
  new UsageError('HAZARD_FATAL', `${word} is not a kind of request`, {
    hint: nearest(word, FATAL_REQUESTS) ?? `use some of ${FATAL_REQUESTS.join(', ')}`,
    plugin,
  })

export const hazardGood = (): UsageError =>
  new UsageError('HAZARD_GOOD', 'fatal requests are named, but a good platform has none', {
    hint: "write platform: 'poor', or leave fatal out",
    plugin,
  })

export const hazardPlatform = (word: string): UsageError =>
  new UsageError('HAZARD_PLATFORM', `a platform is not ${word}`, {
    hint: nearest(word, PLATFORM_MANNERS) ?? `use one of ${PLATFORM_MANNERS.join(', ')}`,
    plugin,
  })

export const hazardPort = (name: string): UsageError =>
  new UsageError('HAZARD_PORT', `${JSON.stringify(name)} is no function that could contain an error`, {
    hint: 'name ports by function, as in 0000:00:01.0',
    plugin,
  })

export const hazardTimeout = (ticks: number): UsageError =>
  new UsageError('HAZARD_TIMEOUT', `a completion timeout of ${ticks} ticks is not one that PCI Express has`, {
    hint: 'write whole microseconds, from 50 to 50000',
    plugin,
  })

export const hazardUncarried = (word: string): UsageError =>
  new UsageError('HAZARD_UNCARRIED', `a request that is not carried is not ${word}`, {
    hint: nearest(word, UNCARRIED_WAYS) ?? `use one of ${UNCARRIED_WAYS.join(', ')}`,
    plugin,
  })
