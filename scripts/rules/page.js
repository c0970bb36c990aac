// docs/rules.md as text.
import { evidences } from './catalogue.js'
import { isOwed, states } from './state.js'

const mostFiles = 3

/** **Shape** the whole page; the same catalogue and the same files give the same text. */
export function renderPage({ sections }, judged) {
  const all = [...judged.values()]
  const parts = [...sections].map(([number, title]) => ({
    number,
    title,
    own: all.filter(({ rule }) => rule.section === number),
    whole: all.filter(({ rule }) => rule.section === number || rule.section.startsWith(`${number}.`)),
  }))
  return [
    head,
    counts(parts, all),
    recordings(all),
    ...missing(all),
    ...parts.filter(({ whole }) => whole.length > 0).map(part),
  ]
    .join('\n\n')
    .concat('\n')
}

const head = `# Rules

<!-- Made by \`npm run rules\` from docs/rules/*.yaml and from what code and tests name. Do not edit. -->

The behaviour that Barter models, rule by rule. Code, tests, traces and reports name a rule by its id, so one can go from a
sentence here to the lines that keep it, and back. The words are those of the [glossary](glossary.md). \`G1\` to \`G2\` are
kernels: G1 is 6.19, G1p its fix that refuses to pin, G2r is 7.1 as merged, G2 is 7.3.4, which holds where nothing else is said.

| state | means |
| --- | --- |
| modelled | code names the rule, and so does a test; of a mutation, a mutant makes it and it is found |
| partly | only one of the two names it, or a part is left out, as the reason says |
| not yet | neither names it |
| not | left out for good, for the reason given |

Names are all that the script behind this page can see; whether a test fails without its rule is for its reader to judge.

| from | means |
| --- | --- |
${Object.entries(evidences)
  .map(([name, meaning]) => `| ${name} | ${meaning} |`)
  .join('\n')}`

function counts(parts, all) {
  const row = (label, rules) =>
    `| ${[label, rules.length, ...states.map((state) => rules.filter((it) => it.state === state).length)].join(' | ')} |`
  const chapters = parts.filter(({ number }) => !number.includes('.'))
  return [
    '## How many',
    '',
    `| part | rules | ${states.join(' | ')} |`,
    `| --- | ${['', ...states].map(() => '--:').join(' | ')} |`,
    ...chapters.map(({ number, title, whole }) => row(`[${number} ${title}](#part-${number})`, whole)),
    row('all', all),
  ].join('\n')
}

function recordings(all) {
  return [
    '## Where recordings say more',
    '',
    'What a real Linux 7.3.4 did was recorded step by step, in an emulated machine. **Where a rule and the recordings disagree,',
    'the recordings win**: the model follows them, and this table says so. They settle, refine or bear out these rules:',
    '',
    '| rule | recorded |',
    '| --- | --- |',
    ...all.filter(({ rule }) => rule.recorded).map(({ rule }) => `| ${link(rule.id)} | ${cell(rule.recorded)} |`),
  ].join('\n')
}

function missing(all) {
  const found = all.filter((it) => isOwed(it))
  if (found.length === 0) return []
  return [
    `## Still owed

Rules of the parts 1, 2, 3, 4 and 8 which code and tests do not both name, with no reason given, ${found.length} in all:
${found.map(({ rule }) => link(rule.id)).join(', ')}.`,
  ]
}

function part({ number, title, own }) {
  const heading = `${number.includes('.') ? '###' : '##'} <a id="part-${number}"></a>${number} ${title}`
  if (own.length === 0) return heading
  const rows = own.map(
    ({ rule, state, why, sources, tests }) =>
      `| <a id="${rule.id.toLowerCase()}"></a>${rule.id} | ${sentence(rule)} | ${from(rule)} | ${cell(why === '' ? state : `${state}: ${why}`)} | ${files(sources)} | ${files(tests)} |`,
  )
  return [
    heading,
    '',
    '| rule | says | from | state | code | tests |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function sentence({ title, kernel = [], aliases = [] }) {
  const names = [...kernel, ...aliases].map((name) => `\`${name}\``)
  return cell(names.length === 0 ? title : `${title} (${names.join(', ')})`)
}

const from = ({ evidence, evidenceInPart }) =>
  evidenceInPart === undefined ? evidence : `${evidence}, in part ${evidenceInPart}`

function files(paths) {
  const shown = paths.slice(0, mostFiles).map((path) => `[${short(path)}](../${path})`)
  const more = paths.length > mostFiles ? [`${paths.length - mostFiles} more`] : []
  return [...shown, ...more].join(', ')
}

/** `packages/core/src/p2p.ts` -> `core/p2p.ts`: the column says which of the two folders it is. */
const short = (path) => path.replace(/^(packages|plugins)\//, '').replace(/\/(src|test)\//, '/')

const link = (id) => `[${id}](#${id.toLowerCase()})`

const cell = (text) => text.replaceAll('|', '\\|')
