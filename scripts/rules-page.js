// `npm run rules`: writes docs/rules.md from the catalogue and from what code and tests name. With `--check` it writes
// nothing and exits 1 when the page is stale. Either way an id that does not exist is reported, and exits 1.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { familyOf, loadCatalogue } from './rules/catalogue.js'
import { findCitations } from './rules/citations.js'
import { renderPage } from './rules/page.js'
import { isOwed, judge, states } from './rules/state.js'
import { stockText, takeStock } from './rules/stock.js'
import { root } from './set-up.js'

const path = 'docs/rules.md'

/**
 * **Shape** `page` the text as it should be; `problems` a sentence each, for the catalogue and for ids that do not exist;
 * `stale` whether the page in the tree is another; `judged` each rule's state; `sections` their titles by number.
 */
export function lookAtRules(at) {
  const catalogue = loadCatalogue(at)
  const named = [...new Set([...catalogue.aliases.keys()].map(familyOf))]
  const citations = findCitations(at, catalogue.families, named)
  const known = (id) => catalogue.rules.has(id) || catalogue.aliases.has(id)
  const unknown = citations
    .filter(({ id }) => !known(id))
    .map(
      ({ id, file, line }) =>
        `${file}:${line}: there is no rule ${id} in docs/rules/${familyOf(id).toLowerCase()}.yaml`,
    )
  const judged = judge(catalogue, citations)
  const page = renderPage(catalogue, judged)
  const file = join(at, path)
  const stale = !existsSync(file) || readFileSync(file, 'utf8') !== page
  return { page, problems: [...catalogue.problems, ...unknown], stale, judged, sections: catalogue.sections }
}

function main(check) {
  const { page, problems, stale, judged } = lookAtRules(root)
  for (const problem of problems) console.error(problem)
  if (check && stale) console.error(`${path} is stale: run \`npm run rules\` and commit the page`)
  if (!check && stale) writeFileSync(join(root, path), page)
  const all = [...judged.values()]
  const counts = states.map((state) => `${all.filter((it) => it.state === state).length} ${state}`)
  for (const line of stockText(takeStock(judged))) console.log(line)
  console.log(`${all.length} rules: ${counts.join(', ')}; ${all.filter(isOwed).length} still owed`)
  process.exitCode = problems.length > 0 || (check && stale) ? 1 : 0
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.includes('--check'))
}
