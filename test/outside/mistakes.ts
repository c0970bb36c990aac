/** Three mistakes that somebody may make in a generated importer, each an edit of its source, and what has to be said. */

export interface Mistake {
  readonly name: string
  /** Pieces of the source, and what stands in their place. */
  readonly edits: readonly (readonly [from: string, to: string])[]
  /** A test that fails: its chapter and its rule. */
  readonly chapter: string
  readonly rule: string
  readonly says: RegExp
}

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'keeps-its-mapping',
    edits: [['invalidate: (attachment) => this.#letGo(attachment),', '*invalidate() {},']],
    chapter: 'revoke',
    rule: 'INV-9',
    says: /INV-9 \(DMB-18\): near was told to let go of buf0 and does not/,
  },
  {
    name: 'unmaps-too-late',
    edits: [
      ['  type SgTable,\n}', '  type SgTable,\n  sleep,\n}'],
      ['if (table !== null) yield*', 'if (table === null) return\n    yield* sleep(2_000_000)\n    yield*'],
    ],
    chapter: 'revoke',
    rule: 'INV-9',
    says: /"revoke nvme" took 2\d{6} us, and 1000000 us are allowed/,
  },
  {
    name: 'forgets-its-reference',
    edits: [
      ['yield* this.#buffer.detach(attachment)\n    this.#buffer.put()', 'yield* this.#buffer.detach(attachment)'],
    ],
    chapter: 'lifecycle',
    rule: 'INV-28',
    says: /left over: a reference to buf0/,
  },
]

/** **Errors** an `Error` when a piece is not in the source exactly once. */
export function withMistake(source: string, { name, edits }: Mistake): string {
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${name}: the source does not hold once: ${from}`)
    return text.replace(from, () => to)
  }, source)
}
