/** Work with an end: V8 breaks off what runs for longer, wherever it is. A driver that lets nobody else run is a loop in one step. */
import { type Profiler, Session } from 'node:inspector'
import { createContext, Script } from 'node:vm'

/** Nothing is in it but the work that is to be done. */
const context = createContext({ work: () => undefined }) as { work: () => void }
const script = new Script('work()')

/** **Shape** `undefined` when it was broken off. **Units** milliseconds. **Errors** those of `work`. */
export function timed<T>(work: () => T, timeout: number): { readonly value: T } | undefined {
  let done: { readonly value: T } | undefined
  context.work = () => {
    done = { value: work() }
  }
  try {
    script.runInContext(context, { timeout, displayErrors: false })
  } catch (error) {
    if ((error as { readonly code?: unknown } | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return undefined
  }
  return done
}

/** A call, and where it is. */
export interface CodePlace {
  readonly name: string
  readonly url: string
  readonly line: number
}

const PROFILED_MS = 200

/** Where `work` spends its time, which never ends: the innermost call first. */
export function whereItRuns(work: () => void): readonly CodePlace[] {
  const session = new Session()
  session.connect()
  try {
    session.post('Profiler.enable')
    // V8 throws away what it has compiled: what became part of its caller would not be told apart from that.
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    session.post('Profiler.stopPreciseCoverage')
    session.post('Profiler.start')
    timed(work, PROFILED_MS)
    let places: readonly CodePlace[] = []
    session.post('Profiler.stop', (error, { profile }) => {
      if (error === null) places = busiest(profile.nodes)
    })
    return places
  } finally {
    session.disconnect()
  }
}

/** Of a profile: where most samples were taken, and the calls that lead there; what is not the plugin's is left out. */
function busiest(nodes: readonly Profiler.ProfileNode[]): readonly CodePlace[] {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)))
  const [top] = [...nodes].sort((a, b) => (b.hitCount ?? 0) - (a.hitCount ?? 0))
  const places: CodePlace[] = []
  for (let node = top; node !== undefined; node = parents.get(node.id)) {
    const { functionName: name, url, lineNumber } = node.callFrame
    if (!isOfPlugin(url)) continue
    const [ticks] = [...(node.positionTicks ?? [])].sort((a, b) => b.ticks - a.ticks)
    places.push({ name, url, line: node === top && ticks !== undefined ? ticks.line : lineNumber + 1 })
  }
  return places
}

/** Our packages lie beside each other, installed or in the repository. */
const PACKAGES = new URL('../../..', import.meta.url).pathname

/** What is installed beside it is not its own. */
export const isOfPlugin = (url: string): boolean =>
  /^(file:\/\/)?\//.test(url) && !url.includes(PACKAGES) && !url.includes('/node_modules/')
