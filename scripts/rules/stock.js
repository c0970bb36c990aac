// How many rules the model has: by family, and as a share of those that are no open question.
import { familyOf } from './catalogue.js'
import { states } from './state.js'

/**
 * **Shape** `families`: a row each, with `open` for rules of which the specification itself is not sure, and a count for each
 * state of the others. `share`: of the others, how many are modelled, from 0 to 1. A rule that is modelled in part does not
 * count.
 */
export function takeStock(judged) {
  const families = new Map()
  for (const { rule, state } of judged.values()) {
    const family = familyOf(rule.id)
    const row = families.get(family) ?? { family, open: 0, ...Object.fromEntries(states.map((one) => [one, 0])) }
    row[rule.evidence === 'open' ? 'open' : state]++
    families.set(family, row)
  }
  const rows = [...families.values()].sort((a, b) => (a.family < b.family ? -1 : 1))
  const sum = (state) => rows.reduce((total, row) => total + row[state], 0)
  const modelled = sum('modelled')
  const counted = states.reduce((total, state) => total + sum(state), 0)
  return { families: rows, modelled, counted, share: counted === 0 ? 0 : modelled / counted }
}

/** **Shape** lines of text, a table and the share below it. */
export function stockText({ families, modelled, counted, share }) {
  const columns = ['family', ...states, 'open']
  const widths = columns.map((name) => Math.max(name.length, 6))
  const line = (cells) => cells.map((cell, i) => String(cell)[i === 0 ? 'padEnd' : 'padStart'](widths[i])).join('  ')
  const rows = families.map((row) => line(columns.map((name) => row[name] || (name === 'family' ? '' : '.'))))
  return [
    line(columns),
    ...rows,
    `modelled: ${modelled} of ${counted} rules that are no open question, ${percent(share)} %`,
  ]
}

/** Cut, not rounded: what is not reached is not shown as reached. */
export const percent = (share) => (Math.floor(share * 1000) / 10).toFixed(1)
