/** The turning points of a story: what passes, and what only frames them, is left out. */
import type { Moment } from './moment.ts'

export function briefly(moments: readonly Moment[]): readonly Moment[] {
  return moments.filter((moment, i) => {
    if (moment.weight === 'passing') return false
    return moment.part !== 'begin' || hasTurn(moments, i)
  })
}

/** Does the step that begins here change the state of something before it ends? */
function hasTurn(moments: readonly Moment[], begin: number): boolean {
  const who = moments[begin]?.who
  for (const moment of moments.slice(begin + 1)) {
    if (moment.who !== who) continue
    if (moment.part !== 'event') return false
    if (moment.weight === 'turn') return true
  }
  return false
}
