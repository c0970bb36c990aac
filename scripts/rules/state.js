// How far the model has a rule: what the catalogue says of it, held against what code and tests name.

/** From best to worst. */
export const states = ['modelled', 'partly', 'not yet', 'not']

/** The rules that have to be modelled, or to say why not: those of these parts that are no open question. */
const owed = ['1', '2', '3', '4', '8']

/**
 * **Shape** by id `{ rule, state, why, sources, tests }`: `why` is empty where nothing needs a reason, the files are sorted.
 */
export function judge({ rules, aliases }, citations) {
  const files = new Map([...rules.keys()].map((id) => [id, { source: new Set(), test: new Set(), other: new Set() }]))
  for (const { id, file, kind } of citations) files.get(aliases.get(id) ?? id)?.[kind].add(file)
  const judged = new Map()
  // Those that rest on others come last.
  const order = [...rules.values()].sort((a, b) => Number('restsOn' in a) - Number('restsOn' in b))
  for (const rule of order) {
    const { source, test } = files.get(rule.id)
    const found = { sources: nearestFirst(source), tests: nearestFirst(test) }
    judged.set(rule.id, { rule, ...found, ...stateOf(rule, found, judged) })
  }
  return new Map([...rules.keys()].map((id) => [id, judged.get(id)]))
}

/** Is it one of these, neither modelled nor excused by the catalogue? */
export const isOwed = ({ rule, state }) =>
  owed.includes(rule.section.split('.')[0]) &&
  rule.evidence !== 'open' &&
  state !== 'modelled' &&
  rule.why === undefined &&
  rule.restsOn === undefined

function stateOf(rule, found, judged) {
  const { status, why = '' } = rule
  if (status === 'not-modelled') return { state: 'not', why }
  const seen = seenIn(found)
  // A mutation is a test's own: product code never knows that it is the mutant.
  if (mutants.test(found.tests.join(' '))) return { state: 'modelled', why: '' }
  if (status === 'partly') return { state: worse(seen.state, 'partly'), why }
  // A reason why a rule is not there yet is out of date as soon as code and tests name it.
  if (seen.state === 'modelled') return seen
  if (rule.restsOn) return fromOthers(rule.restsOn.map((id) => judged.get(id)))
  return status === 'not-yet' ? { state: seen.state, why } : seen
}

function seenIn({ sources, tests }) {
  if (sources.length > 0 && tests.length > 0) return { state: 'modelled', why: '' }
  if (sources.length > 0) return { state: 'partly', why: 'Named in code, and in no test yet.' }
  if (tests.length > 0) return { state: 'partly', why: 'Named in tests, and not in code yet.' }
  return { state: 'not yet', why: '' }
}

function fromOthers(others) {
  const lacking = others.filter(({ state }) => state !== 'modelled').map(({ rule }) => rule.id)
  if (lacking.length === 0) return { state: 'modelled', why: `By ${others.map(({ rule }) => rule.id).join(', ')}.` }
  const some = others.some(({ state }) => state === 'modelled' || state === 'partly')
  return { state: some ? 'partly' : 'not yet', why: `Rests on ${lacking.join(', ')}.` }
}

/** A file there that names a mutation makes it, and the test that runs it wants it to be found. */
const mutants = /(^| )test\/mutants\/bugs\//

const worse = (a, b) => (states.indexOf(a) > states.indexOf(b) ? a : b)

/** Core and the drivers first, then the machine; what only shows things to people comes last. */
function nearestFirst(files) {
  const rooms = ['packages/core/', 'plugins/', 'packages/sim/', '']
  const rank = (file) => rooms.findIndex((room) => file.startsWith(room))
  return [...files].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}
