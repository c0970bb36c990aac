/** The tree with its verdicts as a Mermaid flowchart, which many issue trackers draw. */
import { canProvide } from '@barter/inspect'
import { deviceLabel, shortBdf } from '../render/device-label.ts'
import { optionInvalid } from '../errors.ts'
import { drawnTree, type DrawnNode } from './drawn-tree.ts'
import { type Pieces, type Portrait } from './portrait.ts'

/** Beyond these a flowchart is a knot: Mermaid itself stops at 500 edges. */
const MOST_DEVICES = 64
const MOST_EDGES = 60

/** **Errors** `OPTION_INVALID` for more devices than can be drawn. */
export function* mermaid(portrait: Portrait): Pieces {
  const { functions } = portrait
  if (functions.length > MOST_DEVICES) {
    throw optionInvalid(
      '--format',
      `mermaid draws ${MOST_DEVICES} devices at most, and these are ${functions.length}`,
      NARROW,
    )
  }
  yield 'flowchart LR\n'
  const ids = new Map<string, string>()
  for (const root of drawnTree(portrait)) yield* node(root, undefined, ids)
  yield* verdicts(portrait, ids)
  yield '  classDef bridge fill:#eceff4,stroke:#7b8794,color:#1f2933\n'
  yield '  classDef redirects fill:#fdebc8,stroke:#c77700,color:#1f2933\n'
  yield '  classDef device fill:#dcebfa,stroke:#2f6fb0,color:#1f2933\n'
}

const NARROW = 'choose some with --class or --device; --format csv has no limit'

function* node(drawn: DrawnNode, parent: string | undefined, ids: Map<string, string>): Pieces {
  const id = `n${ids.size}`
  ids.set(drawn.name, id)
  const { device, name, index, acs } = drawn
  if (device === undefined) yield `  ${id}(["host bridge ${name}"]):::bridge\n`
  else if (index !== undefined)
    yield `  ${id}["${index + 1}: ${shortBdf(name)}<br/>${safe(deviceLabel(device))}"]:::device\n`
  else {
    const words = acs === 'none' ? 'no ACS' : acs === 'unknown' ? 'ACS not known' : `ACS ${device.acs}`
    yield `  ${id}["${shortBdf(name)} ${device.kind.replace('-', ' ')}<br/>${words}"]:::${acs === 'redirects' ? 'redirects' : 'bridge'}\n`
  }
  if (parent !== undefined) yield `  ${parent} --- ${id}\n`
  for (const child of drawn.children) yield* node(child, id, ids)
}

/** An edge for each two devices, but for those that are as most pairs are: that is said in words. */
function* verdicts({ functions, letters }: Portrait, ids: ReadonlyMap<string, string>): Pieces {
  const edges: { readonly letter: string; readonly text: string }[] = []
  for (const [a, fn] of functions.entries()) {
    for (let b = a + 1; b < functions.length; b++) {
      const other = functions[b]
      if (other === undefined || (!canProvide(fn) && !canProvide(other))) continue
      const [there, back] = [
        canProvide(fn) ? letters.at(a, b) : letters.at(b, a),
        canProvide(other) ? letters.at(b, a) : letters.at(a, b),
      ]
      const letter = there === back ? there : `${there}/${back}`
      edges.push({
        letter,
        text: `${ids.get(fn.bdf) ?? ''} ${LINES[letter] ?? '-.-'}|${WORDS[letter] ?? letter}| ${ids.get(other.bdf) ?? ''}`,
      })
    }
  }
  const counts = new Map<string, number>()
  for (const { letter } of edges) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  const [usual] = [...counts].sort(([, x], [, y]) => y - x)[0] ?? []
  const told = edges.filter(({ letter }) => letter !== usual)
  for (const { text } of told.slice(0, MOST_EDGES)) yield `  ${text}\n`
  if (usual === undefined) return
  const more = told.length > MOST_EDGES ? `; ${told.length - MOST_EDGES} pairs more differ` : ''
  const rest = told.length === 0 ? 'all pairs' : 'all other pairs'
  yield `  note["${rest}: ${WORDS[usual] ?? usual}${more}"]\n`
}

const LINES: Readonly<Record<string, string>> = { B: '<==>', H: '<-.->', x: 'x-.-x', e: '<-.->', '?': '-.-' }
const WORDS: Readonly<Record<string, string>> = {
  B: 'bus address',
  H: 'through the host bridge',
  e: 'bus address or host bridge',
  x: 'not supported',
  '?': 'not known',
}

const safe = (text: string): string => text.replace(/["<>#;]/g, ' ')
