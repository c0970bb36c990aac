// The rules as data, for `barter explain`: what the catalogue says, and what code and tests name.
import { lookAtRules } from '../rules-page.js'
import { evidences } from './catalogue.js'

/** **Shape** the document `barter.rules/1`; `at` is the root of the repository. Rules in the order of the catalogue. */
export function ruleBook(at) {
  const { judged, sections } = lookAtRules(at)
  return { schema: 'barter.rules/1', rules: [...judged.values()].map((one) => entry(one, sections)) }
}

function entry({ rule, state, why, sources, tests }, sections) {
  const { id, title, section, evidence, evidenceInPart, kernel = [], aliases = [], restsOn = [], recorded } = rule
  return {
    id,
    says: title,
    section,
    sectionTitle: sections.get(section),
    from: evidences[evidence],
    ...(evidenceInPart === undefined ? {} : { fromInPart: evidences[evidenceInPart] }),
    kernel,
    aliases,
    restsOn,
    ...(recorded === undefined ? {} : { recorded }),
    state,
    ...(why === '' ? {} : { why }),
    code: sources,
    tests,
  }
}
