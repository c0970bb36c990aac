/** How often V8 enters each function, and the code of it. */
import { type Debugger, type Profiler, type Runtime, Session } from 'node:inspector'

export interface EnteredFunction {
  readonly name: string
  readonly script: string
  readonly url: string
  /** Places in the code of its script. */
  readonly start: number
  readonly end: number
  readonly count: number
}

/** For objects that V8 is asked about: it knows them by expressions alone. */
const ASKED = '__askedByTheKit'

export class EntryCounts {
  readonly #session = new Session()
  readonly #codes = new Map<string, string>()

  /** Nothing is done when somebody else has V8 count, whose counts would be lost: there is one counter for all. */
  static of(work: (counts: EntryCounts) => void): void {
    if (isCounting()) return
    const counts = new EntryCounts()
    try {
      work(counts)
    } finally {
      counts.#session.disconnect()
    }
  }

  private constructor() {
    this.#session.connect()
  }

  /** Each function that `work` entered, and how often. */
  during(work: () => void): readonly EnteredFunction[] {
    this.#ask('Profiler.enable')
    this.#ask('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    try {
      this.#ask('Profiler.takePreciseCoverage')
      work()
      const { result } = this.#ask('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType
      return result.flatMap(({ scriptId: script, url, functions }) =>
        functions.flatMap(({ functionName: name, ranges }) =>
          ranges.flatMap(({ startOffset: start, endOffset: end, count }) =>
            count === 0 ? [] : [{ name, script, url, start, end, count }],
          ),
        ),
      )
    } finally {
      this.#ask('Profiler.stopPreciseCoverage')
    }
  }

  /** As it runs. */
  codeOf(script: string): string {
    if (this.#codes.size === 0) this.#ask('Debugger.enable')
    const known = this.#codes.get(script)
    if (known !== undefined) return known
    const { scriptSource } = this.#ask('Debugger.getScriptSource', {
      scriptId: script,
    }) as Debugger.GetScriptSourceReturnType
    this.#codes.set(script, scriptSource)
    return scriptSource
  }

  /** Where in the code each of these operations is: a script, and a place within the function that made it. */
  placesOf(operations: readonly object[]): readonly { readonly script: string; readonly at: number }[] {
    Reflect.set(globalThis, ASKED, operations)
    const { result } = this.#ask('Runtime.evaluate', { expression: ASKED }) as Runtime.EvaluateReturnType
    Reflect.deleteProperty(globalThis, ASKED)
    const items = this.#propertiesOf(result).result.filter(({ name }) => /^\d+$/.test(name))
    return items.flatMap(({ value }) => {
      const inside = this.#propertiesOf(value).internalProperties ?? []
      const place = inside.find(({ name }) => name === '[[GeneratorLocation]]')?.value?.value as
        Debugger.Location | undefined
      return place === undefined ? [] : [{ script: place.scriptId, at: this.#offsetOf(place) }]
    })
  }

  #propertiesOf(of: Runtime.RemoteObject | undefined): Runtime.GetPropertiesReturnType {
    const asked = { objectId: of?.objectId, ownProperties: true }
    return this.#ask('Runtime.getProperties', asked) as Runtime.GetPropertiesReturnType
  }

  #offsetOf({ scriptId, lineNumber, columnNumber = 0 }: Debugger.Location): number {
    const code = this.codeOf(scriptId)
    let line = 0
    for (let i = 0; i < lineNumber; i++) line = code.indexOf('\n', line) + 1
    return line + columnNumber
  }

  /** Of this thread, so the answer is there when the question returns. */
  #ask(method: string, params: object = {}): unknown {
    let answer: unknown
    let failure: Error | null = null
    this.#session.post(method, params, (error: Error | null, result?: object) => {
      failure = error
      answer = result
    })
    if (failure !== null) throw new Error(`V8 does not answer ${method}`, { cause: failure })
    return answer
  }
}

/** By vitest for a report of coverage, or by Node. */
function isCounting(): boolean {
  const { __vitest_worker__: worker } = globalThis as {
    readonly __vitest_worker__?: { readonly config?: { readonly coverage?: { readonly enabled?: boolean } } }
  }
  return process.env.NODE_V8_COVERAGE !== undefined || worker?.config?.coverage?.enabled === true
}
