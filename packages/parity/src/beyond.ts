/**
 * What a recording did that there is no word for, and what later steps ask about it: those steps cannot be compared either.
 * Decided by operations alone, as a recording is read from its beginning.
 */
import { list, object, text } from './json-value.ts'
import type { ReasonId } from './not-comparable.ts'
import type { Json, JsonObject, RecordedStep } from './recording.ts'

const REASON: ReasonId = 'unknown-operation'
/** What a step may make under the name that it gives. */
const KINDS = ['buffer', 'container', 'file', 'import', 'iommufd', 'mapping', 'memory', 'space', 'thread']

export class BeyondReach {
  /** Things that recordings have and the machine has not, by kind and name. */
  readonly #missing = new Set<string>()

  /** Why the step cannot be said; `undefined`: it can. **Shape** `known`: is there a word for an operation. */
  look(step: RecordedStep, known: (op: string) => boolean): ReasonId | undefined {
    const { op, args } = step
    const inner = object(args.do)
    const said = known(op) && (args.do === undefined || known(text(inner.op)))
    const made = [...namesIn(args), ...namesIn(inner)]
    if (said && !made.some((name) => this.#missing.has(name))) return undefined
    this.#noteMissing(args)
    this.#noteMissing(inner)
    return REASON
  }

  /** What the step would have made is missing from here on. */
  #noteMissing({ as }: JsonObject): void {
    if (text(as) !== '') for (const kind of KINDS) this.#missing.add(`${kind} ${text(as)}`)
  }
}

/** What the step acts on, by kind and name. */
function namesIn(args: JsonObject): readonly string[] {
  const named = (kind: string, name: Json | undefined): string[] => (text(name) === '' ? [] : [`${kind} ${text(name)}`])
  return [
    ...named('buffer', args.buf),
    ...named('container', args.container),
    ...named('file', args.device),
    ...named('import', args.attachment),
    ...list(args.attachments).flatMap((name) => named('import', name)),
    ...named('iommufd', args.iommufd),
    ...named('mapping', object(args.via).map),
    ...[args.ioas, args.from, args.to, args.object].flatMap((name) => named('space', name)),
    ...named('thread', args.of),
    ...named('thread', args.process),
  ]
}
