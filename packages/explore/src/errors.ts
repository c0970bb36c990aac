/** What a person can get wrong about exploring: each code once, with the one function that builds it. Sorted by code. */
import { UsageError } from '@barter/core'

export const checkpointForeign = (why: string): UsageError =>
  new UsageError('CHECKPOINT_FOREIGN', `the checkpoint does not fit: ${why}`, {
    hint: 'go on with the scenario, plugins and options that it was made with (it brings them along), or start over',
  })

export const exploreBound = (strategy: string): UsageError =>
  new UsageError('EXPLORE_BOUND', `the strategy ${strategy} has no bound on preemptions`, {
    hint: 'use the strategy states or dfs with it',
  })

export const exploreCheckpoint = (strategy: string): UsageError =>
  new UsageError('EXPLORE_CHECKPOINT', `a search by ${strategy} cannot be kept to go on with it later`, {
    hint: 'use the strategy states, dfs, random or pct with --checkpoint',
  })

export const exploreMachine = (): UsageError =>
  new UsageError('EXPLORE_MACHINE', 'this machine does not let anybody choose its schedules', {
    hint: 'add sim() to the plugins: a real kernel decides by itself who goes next',
  })

export const exploreWorkers = (strategy: string): UsageError =>
  new UsageError('EXPLORE_WORKERS', `a search by ${strategy} cannot be shared among workers`, {
    hint: 'use the strategy states, dfs, random or pct with --workers',
  })

export const tokenBroken = (why: string): UsageError =>
  new UsageError('TOKEN_BROKEN', `the token cannot be run to its end: ${why}`, {
    hint: 'it was changed or cut: copy it whole, or explore again',
  })

export const tokenForeign = (found: string, wanted: string): UsageError =>
  new UsageError('TOKEN_FOREIGN', `the token belongs to ${found}, and this scenario on this system is ${wanted}`, {
    hint: 'replay it with the scenario, plugins and options that it was found with',
  })

export const tokenInvalid = (token: string, version: string): UsageError =>
  new UsageError('TOKEN_INVALID', `${token.length > 60 ? `${token.slice(0, 57)}...` : token} is no replay token`, {
    hint: `copy it whole: a token looks like ${version}.0123456789abcdef.0_3-1_5 and is printed by barter explore`,
  })

export const tokenVersion = (found: string, wanted: string): UsageError =>
  new UsageError('TOKEN_VERSION', `the token is of version ${found}, and this is ${wanted}`, {
    hint: 'explore again: schedules of other versions do not mean the same here',
  })
