import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { lookAtRules } from '../../scripts/rules-page.js'
import { loadCatalogue } from '../../scripts/rules/catalogue.js'
import { idPattern, idsIn } from '../../scripts/rules/citations.js'
import { root } from '../../scripts/set-up.js'

const made: string[] = []
afterEach(() => made.splice(0).forEach((dir) => rmSync(dir, { recursive: true })))

const catalogue = {
  'docs/rules/sections.yaml': "'1': Beginnings\n'1.1': First things\n'9': The rest\n",
  'docs/rules/rev.yaml': `
- { id: REV-1, title: All is revoked., evidence: source, section: '1.1', kernel: [dma_buf_move] }
- { id: REV-2, title: One is revoked., evidence: source, section: '1.1' }
- { id: REV-3, title: None is revoked., evidence: open, evidenceInPart: list, section: '9', recorded: It was. }
`,
  'docs/rules/sw.yaml': `
- { id: SW-1, title: A switch., evidence: model, section: '9', aliases: [SW-LATE] }
- { id: SW-2, title: Another., evidence: model, section: '9', status: not-yet, why: Nobody wants it. }
- { id: SW-3, title: A third., evidence: model, section: '9', status: not-modelled, why: Of no use. }
- { id: SW-4, title: A fourth., evidence: model, section: '9', status: partly, why: Half of it. }
- { id: SW-5, title: Both., evidence: model, section: '9', restsOn: [SW-1, REV-2] }
`,
}

/** A house with this catalogue and these files in it. */
function houseWith(files: Record<string, string>): string {
  const at = mkdtempSync(join(tmpdir(), 'barter-rules-'))
  made.push(at)
  for (const [path, text] of Object.entries({ ...catalogue, ...files })) {
    mkdirSync(dirname(join(at, path)), { recursive: true })
    writeFileSync(join(at, path), text)
  }
  return at
}

const stateOf = (at: string, id: string) => {
  const { state, why } = lookAtRules(at).judged.get(id)
  return `${state}${why === '' ? '' : `: ${why}`}`
}

test('the page, the catalogue and the ids of this house are in order', () => {
  const { problems } = lookAtRules(root)
  expect(problems).toEqual([])
})

test('a mutation is modelled by the mutant that makes it, and code need not name it', () => {
  const at = houseWith({
    'packages/core/test/a.test.ts': '// REV-1\n',
    'test/mutants/bugs/rev-2.ts': '// REV-2\n',
    'test/mutants/other.ts': '// SW-2\n',
  })
  expect(['REV-1', 'REV-2', 'SW-2'].map((id) => stateOf(at, id))).toEqual([
    'partly: Named in tests, and not in code yet.',
    'modelled',
    'partly: Nobody wants it.',
  ])
})

test('an id that does not exist is reported with its place, in code, tests, examples, benches and documents', () => {
  const at = houseWith({
    'packages/core/src/deep/a.ts': '// REV-1\n// REV-9 and REV-10\n',
    'packages/core/test/a.test.ts': "test('REV-4: no', () => {})\n",
    'packages/core/dist/a.js': '// REV-99\n',
    'packages/core/node_modules/other/src/a.ts': '// REV-99\n',
    'packages/core/README.md': 'REV-5\n',
    'plugins/one/src/a.ts': 'const late = "SW-LATER"\n',
    'test/matrix/a.test.ts': '// REV-6\n',
    'test/house/a.test.ts': '// REV-99\n',
    'examples/a.yaml': '# REV-1..7\n',
    'bench/a.js': '// REV-8\n',
    'docs/a.md': '\nSW-9, and FOO-9 of nobody\n',
    'docs/rules.md': 'REV-99\n',
  })
  expect(lookAtRules(at).problems.sort()).toEqual([
    'bench/a.js:1: there is no rule REV-8 in docs/rules/rev.yaml',
    'docs/a.md:2: there is no rule SW-9 in docs/rules/sw.yaml',
    'examples/a.yaml:1: there is no rule REV-7 in docs/rules/rev.yaml',
    'packages/core/README.md:1: there is no rule REV-5 in docs/rules/rev.yaml',
    'packages/core/src/deep/a.ts:2: there is no rule REV-10 in docs/rules/rev.yaml',
    'packages/core/src/deep/a.ts:2: there is no rule REV-9 in docs/rules/rev.yaml',
    'packages/core/test/a.test.ts:1: there is no rule REV-4 in docs/rules/rev.yaml',
    'plugins/one/src/a.ts:1: there is no rule SW-LATER in docs/rules/sw.yaml',
    'test/matrix/a.test.ts:1: there is no rule REV-6 in docs/rules/rev.yaml',
  ])
})

test('a page is stale when it is missing, when a rule is newly named, and not when nothing has changed', () => {
  const at = houseWith({ 'packages/core/src/a.ts': '// REV-1\n' })
  const before = lookAtRules(at)
  expect(before.stale).toBe(true)
  writeFileSync(join(at, 'docs/rules.md'), before.page)
  expect(lookAtRules(at)).toMatchObject({ stale: false, page: before.page })
  mkdirSync(join(at, 'plugins/one/test'), { recursive: true })
  writeFileSync(join(at, 'plugins/one/test/a.test.ts'), "test('REV-1: all is revoked', () => {})\n")
  expect(lookAtRules(at).stale).toBe(true)
})

test('a rule is modelled when code and a test name it; the reason of the catalogue stands for the rest', () => {
  const at = houseWith({
    'packages/core/src/a.ts': '// REV-1, REV-2, SW-LATE, SW-3, SW-4\n',
    'test/matrix/a.test.ts': '// REV-1, REV-3, SW-LATE, SW-3, SW-4\n',
    'examples/a.yaml': '# REV-2, SW-2\n',
  })
  expect(['REV-1', 'REV-2', 'REV-3', 'SW-1', 'SW-2', 'SW-3', 'SW-4', 'SW-5'].map((id) => stateOf(at, id))).toEqual([
    'modelled',
    'partly: Named in code, and in no test yet.',
    'partly: Named in tests, and not in code yet.',
    'modelled',
    'not yet: Nobody wants it.',
    'not: Of no use.',
    'partly: Half of it.',
    'partly: Rests on REV-2.',
  ])
})

test('the reason for not being there yet goes when code and a test name the rule', () => {
  const at = houseWith({ 'plugins/one/src/a.ts': '// SW-2\n', 'plugins/one/test/a.test.ts': '// SW-2\n' })
  expect(stateOf(at, 'SW-2')).toBe('modelled')
})

test('the page has each rule once, with its state, its reason and links to a few files', () => {
  const at = houseWith({
    'packages/sim/src/a.ts': '// REV-1\n',
    'packages/core/src/b.ts': '// REV-1\n',
    'plugins/one/src/c.ts': '// REV-1\n',
    'packages/cli/src/d.ts': '// REV-1\n',
    'packages/core/test/a.test.ts': '// REV-1\n',
  })
  const { page } = lookAtRules(at)
  const parts = page.slice(page.indexOf('## How many'))
  expect(parts).toBe(`## How many

| part | rules | modelled | partly | not yet | not |
| --- | --: | --: | --: | --: | --: |
| [1 Beginnings](#part-1) | 2 | 1 | 0 | 1 | 0 |
| [9 The rest](#part-9) | 6 | 0 | 0 | 5 | 1 |
| all | 8 | 1 | 0 | 6 | 1 |

## Where recordings say more

What a real Linux 7.3.4 did was recorded step by step, in an emulated machine. **Where a rule and the recordings disagree,
the recordings win**: the model follows them, and this table says so. They settle, refine or bear out these rules:

| rule | recorded |
| --- | --- |
| [REV-3](#rev-3) | It was. |

## Still owed

Rules of the parts 1, 2, 3, 4 and 8 which code and tests do not both name, with no reason given, 1 in all:
[REV-2](#rev-2).

## <a id="part-1"></a>1 Beginnings

### <a id="part-1.1"></a>1.1 First things

| rule | says | from | state | code | tests |
| --- | --- | --- | --- | --- | --- |
| <a id="rev-1"></a>REV-1 | All is revoked. (\`dma_buf_move\`) | source | modelled | [core/b.ts](../packages/core/src/b.ts), [one/c.ts](../plugins/one/src/c.ts), [sim/a.ts](../packages/sim/src/a.ts), 1 more | [core/a.test.ts](../packages/core/test/a.test.ts) |
| <a id="rev-2"></a>REV-2 | One is revoked. | source | not yet |  |  |

## <a id="part-9"></a>9 The rest

| rule | says | from | state | code | tests |
| --- | --- | --- | --- | --- | --- |
| <a id="rev-3"></a>REV-3 | None is revoked. | open, in part list | not yet |  |  |
| <a id="sw-1"></a>SW-1 | A switch. (\`SW-LATE\`) | model | not yet |  |  |
| <a id="sw-2"></a>SW-2 | Another. | model | not yet: Nobody wants it. |  |  |
| <a id="sw-3"></a>SW-3 | A third. | model | not: Of no use. |  |  |
| <a id="sw-4"></a>SW-4 | A fourth. | model | not yet: Half of it. |  |  |
| <a id="sw-5"></a>SW-5 | Both. | model | not yet: Rests on SW-1, REV-2. |  |  |
`)
})

test.each([
  ['as REV-2 says', ['REV-2']],
  ['VFIO-6b, VFIO-24c.', ['VFIO-6b', 'VFIO-24c']],
  ['VFIO-1..12', ['VFIO-1', 'VFIO-12']],
  ['VFIO-1…9b', ['VFIO-1', 'VFIO-9b']],
  ['BUG-30/31/32', ['BUG-30', 'BUG-31', 'BUG-32']],
  ['VFIO-1 to VFIO-12', ['VFIO-1', 'VFIO-12']],
  ['VFIO-1 … VFIO-12', ['VFIO-1', 'VFIO-12']],
  ['REV-*, DMA-FQ, BUG-n, SW-…', []],
  ['the switch SW-LINK-OFFSET0', ['SW-LINK-OFFSET0']],
  ['xREV-1, a-REV-1, REV-1x2, REV-12ab', []],
])('of the words %j the ids are %j', (words, ids) => {
  expect(idsIn(words, idPattern(['BUG', 'DMA', 'REV', 'SW', 'VFIO'], ['SW']))).toEqual(ids)
})

test.each([
  ['REV-1, title: No sentence, evidence: source, section: "1"', 'its title is no sentence'],
  [`REV-1, title: ${'a'.repeat(160)}., evidence: source, section: "1"`, 'its title has 161 characters, more than 160'],
  ['REV-1, title: A., evidence: rumour, section: "1"', 'its evidence is rumour'],
  ['REV-1, title: A., evidence: source, section: "7"', 'there is no section 7'],
  ['REV-1, title: A., evidence: source, section: "1", status: modelled, why: So.', 'its status is modelled'],
  ['REV-1, title: A., evidence: source, section: "1", status: partly', 'a status and its reason come together'],
  ['REV-1, title: A., evidence: source, section: "1", colour: red', 'it has no field colour'],
  ['SW-8, title: A., evidence: source, section: "1"', 'the rule is in the file of another family'],
  ['SW-1, title: A., evidence: model, section: "9", aliases: [SW-LATE]', 'the id is there twice'],
  ['REV-1, title: A., evidence: source, section: "1", restsOn: [REV-7]', 'it rests on REV-7, which does not exist'],
  [
    'REV-1, title: A., evidence: source, section: "1", restsOn: [SW-5]',
    'it rests on SW-5, which rests on others itself',
  ],
])('the entry %s is reported', (entry, problem) => {
  const others = catalogue['docs/rules/rev.yaml'].replace(/^.*REV-1,.*$/m, '')
  const at = houseWith({ 'docs/rules/rev.yaml': `- { id: ${entry} }\n${others}` })
  const { problems } = loadCatalogue(at)
  expect(problems.some((said) => said.endsWith(problem))).toBe(true)
})

test('the catalogue has the rules of the behaviour specification and no other, with the evidence that it gives', (ctx) => {
  const specification = join(root, '../shared/design/behaviour.md')
  if (!existsSync(specification)) ctx.skip('the behaviour specification is not beside this tree')
  const { rules } = loadCatalogue(root)
  const text = readFileSync(specification, 'utf8')
  const ids = [...text.matchAll(/\*\*([A-Z][A-Z0-9]*-\d+[a-z]?)\*\*/g)].map(([, id]) => id)
  expect([...rules.keys()].sort()).toEqual([...ids].sort())

  const letters: Record<string, string> = { L: 'list', H: 'hardware', I: 'inference', '?': 'open' }
  const paragraphs = text.split(/\n(?=- |\| |#|\n|---)/)
  const wrong = paragraphs.flatMap((paragraph) => {
    const id = /^(?:- |\| )\*\*([A-Z][A-Z0-9]*-\d+[a-z]?)\*\*/.exec(paragraph)?.[1]
    if (id === undefined) return []
    const { evidence, evidenceInPart } = rules.get(id)
    const tags = new Set([...paragraph.matchAll(/`\[([LHI?])\]`/g)].map(([, letter = '']) => letters[letter]))
    return [...tags].every((tag) => tag === evidence || tag === evidenceInPart) ? [] : [id]
  })
  expect(wrong).toEqual([])
})
