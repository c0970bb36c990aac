// What any explorer has to do at least: fresh runs, and a step at a time of whoever may go on. Nothing is written down.

import { NO_LOG } from '@barter/core'

/** Random schedules, of `steps` steps together: the last is left where they are used up. */
export function bareWalk(subject, steps, seed = 1) {
  const dice = { word: seed }
  let left = steps
  while (left > 0) left -= walkOnce(subject, dice, left)
  return steps - left
}

/** One of them, as its threads in order. */
export function scheduleOfChance(subject, seed) {
  const path = []
  walkOnce(subject, { word: seed }, Infinity, path)
  return path
}

function walkOnce(subject, dice, limit, path) {
  const run = subject.begin(NO_LOG)
  let done = 0
  while (done < limit) {
    let enabled = 0
    for (let thread = 0; thread < run.threads; thread++) if (run.canRun(thread)) enabled++
    if (enabled === 0 || run.halted) break
    dice.word = (Math.imul(dice.word, 1664525) + 1013904223) | 0
    let skip = Math.floor(((dice.word >>> 0) / 2 ** 32) * enabled)
    let thread = 0
    while (!run.canRun(thread) || skip-- > 0) thread++
    run.step(thread)
    path?.push(thread)
    done++
  }
  return done
}
