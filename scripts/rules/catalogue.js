// The catalogue of rules: docs/rules/*.yaml, one file a family, and sections.yaml with the titles of its parts.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** Where a statement comes from. `model`: from nowhere but this model, as its invariants, mutants and switches. */
export const evidences = {
  source: 'read in the source of Linux 7.3.4',
  list: 'from mailing list, changelogs or fixes',
  hardware: 'how PCI Express and CPUs behave',
  inference: 'inferred from the source, confirmed by nobody',
  open: 'an open question',
  model: 'an invariant, mutant or switch of this model',
}

/** What a catalogue entry may say of the state; `modelled` is never written down, it is seen. */
const statuses = ['not-yet', 'not-modelled', 'partly']
const keys = 'id title evidence evidenceInPart section kernel aliases restsOn status why recorded'.split(' ')
const longestTitle = 160

/**
 * **Shape** `rules` by id, in the order of the files; `sections` by number; `families`; `problems`, a sentence each.
 * An alias is another name of a rule, as switches have.
 */
export function loadCatalogue(root) {
  const folder = join(root, 'docs/rules')
  const read = (file, options) => parse(readFileSync(join(folder, file), 'utf8'), options)
  // As a Map, since an object puts keys that look like whole numbers first.
  const sections = read('sections.yaml', { mapAsMap: true })
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml') && file !== 'sections.yaml')
  const rules = new Map()
  const aliases = new Map()
  const problems = []
  for (const file of files.sort()) {
    for (const rule of read(file) ?? []) {
      const say = (problem) => problems.push(`docs/rules/${file}: ${rule.id}: ${problem}`)
      for (const problem of flaws(rule, sections)) say(problem)
      if (familyOf(rule.id).toLowerCase() !== file.replace('.yaml', ''))
        say('the rule is in the file of another family')
      if (rules.has(rule.id)) say('the id is there twice')
      rules.set(rule.id, rule)
      for (const alias of rule.aliases ?? []) aliases.set(alias, rule.id)
    }
  }
  for (const { id, restsOn = [] } of rules.values()) {
    for (const other of restsOn) {
      const flaw = !rules.has(other) ? 'does not exist' : rules.get(other).restsOn && 'rests on others itself'
      if (flaw)
        problems.push(`docs/rules/${familyOf(id).toLowerCase()}.yaml: ${id}: it rests on ${other}, which ${flaw}`)
    }
  }
  return { rules, aliases, sections, problems, families: [...new Set([...rules.keys()].map(familyOf))].sort() }
}

export const familyOf = (id) => String(id).split('-')[0]

function flaws(rule, sections) {
  const found = Object.keys(rule)
    .filter((key) => !keys.includes(key))
    .map((key) => `it has no field ${key}`)
  const must = (holds, problem) => holds || found.push(problem)
  const { title = '', evidence, evidenceInPart, section, status, why } = rule
  must(/^[A-Z][A-Z0-9]*-\d+[a-z]?$/.test(rule.id), 'that is no id')
  must(/\.$/.test(title), 'its title is no sentence')
  must(title.length <= longestTitle, `its title has ${title.length} characters, more than ${longestTitle}`)
  must(evidence in evidences, `its evidence is ${evidence}`)
  must(evidenceInPart === undefined || evidenceInPart in evidences, `its evidence in part is ${evidenceInPart}`)
  must(sections.has(section), `there is no section ${section}`)
  must(status === undefined || statuses.includes(status), `its status is ${status}`)
  must((status === undefined) === (why === undefined), 'a status and its reason come together')
  return found
}
