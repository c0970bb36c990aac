/** Steps in other threads and processes: who blocks, and in what. */
import { fieldsOf, object, text } from '../json-value.ts'
import type { Json, JsonObject, RecordedStep } from '../recording.ts'
import type { Stage } from '../stage.ts'
import {
  type Done,
  isOk,
  oneStep,
  plainSaw,
  type PlainStep,
  saw,
  type Said,
  type Seen,
  type Word,
  worst,
} from '../word.ts'
import { ticksOf } from './lifecycle.ts'

/** How to say the step that a thread does; the vocabulary, which itself holds these words. */
export type SayStep = (step: RecordedStep, stage: Stage) => Said

export const start =
  (say: SayStep): Word =>
  ({ args }, stage) => {
    const { op, ...inner } = object(args.do)
    const actor = stage.make('thread', args.as)
    const said = say({ op: text(op), saw: {}, args: inner }, stage)
    stage.threads.push({ actor, said: [said], ...(args.process === true ? { process: actor } : {}) })
    return {
      steps: [
        { verb: 'start', target: actor },
        { verb: 'sleep', target: '', args: { ticks: ticksOf(args.afterMs) } },
        { verb: 'look', target: actor },
      ],
      saw: (done, of) => blocking(done[2], actor, said, of),
    }
  }

export const check: Word = ({ args }, stage) => {
  const thread = threadOf(args.of, stage)
  return {
    steps: [{ verb: 'look', target: thread.actor }],
    saw: ([look], of) => blocking(look, thread.actor, thread.said, of),
  }
}

export const wait: Word = ({ args }, stage) => {
  const thread = threadOf(args.of, stage)
  return {
    steps: [
      { verb: 'wait', target: thread.actor, args: { until: 'done', timeout: ticksOf(args.timeoutMs) } },
      { verb: 'look', target: thread.actor },
    ],
    saw: ([, look], of) => blocking(look, thread.actor, thread.said, of),
  }
}

/** Run by a forked process that gave up a capability. */
export const withoutRawio =
  (say: SayStep): Word =>
  ({ args }, stage) => {
    const { op, ...inner } = object(args.do)
    stage.rawio = false
    const said = say({ op: text(op), saw: {}, args: inner }, stage)
    stage.rawio = true
    return {
      steps: said.steps,
      saw: (done, of) => {
        const then = said.saw(done, of)
        return 'saw' in then ? saw({ ok: true, then: then.saw }) : then
      },
    }
  }

const AFTER_KILL_MS = 300

export const kill: Word = ({ args }, stage) => ({
  steps: [
    { verb: 'kill', target: stage.now('thread', args.process) },
    { verb: 'sleep', target: '', args: { ticks: ticksOf(AFTER_KILL_MS) } },
  ],
  saw: (done) => saw(plainSaw(worst(done))),
})

/** The other process keeps the device open until it is killed. */
export const startOwner =
  (say: SayStep): Word =>
  ({ args }, stage) => {
    const actor = stage.make('thread', args.as)
    const name = `${text(args.as)}.${text(args.device)}`
    const open = say({ op: 'open', saw: {}, args: { device: args.device ?? '', as: name } }, stage)
    const exports = (Array.isArray(args.exports) ? (args.exports as readonly Json[]) : []).map((one) =>
      say({ op: 'export', saw: {}, args: { ...object(one), device: name } }, stage),
    )
    const said = [open, ...exports, { steps: [{ verb: 'idle', target: '' }], saw: () => saw({ ok: true }) }]
    stage.threads.push({ actor, process: actor, said })
    // Asking for each buffer waits until it is there, and has its descriptor sent over.
    const buffers = exports.flatMap(({ steps }) => steps.flatMap((step) => step.as ?? []))
    return {
      steps: [
        { verb: 'start', target: actor },
        ...buffers.map((buffer): PlainStep => ({ verb: 'fdinfo', target: buffer })),
      ],
      saw: (_done, of) => saw(firstFailure([open, ...exports], of(actor), of) ?? { ok: true }),
    }
  }

export const killOwner: Word = oneStep(({ args }, stage) => ({
  verb: 'kill',
  target: stage.now('thread', args.owner),
}))

function threadOf(name: Json | undefined, stage: Stage): { readonly actor: string; readonly said: Said } {
  const actor = stage.now('thread', name)
  const said = stage.threads.find((thread) => thread.actor === actor)?.said[0]
  return { actor, said: said ?? { steps: [], saw: () => saw({ unexpected: 'no such thread' }) } }
}

/** Blocked, and in what; or what the finished step saw. */
function blocking(look: Done | undefined, actor: string, said: Said, of: (actor: string) => readonly Done[]): Seen {
  if (look === undefined || !isOk(look)) return saw(plainSaw(look))
  const { done, on, why } = fieldsOf(look)
  if (done !== true) return saw({ blocked: true, waitsFor: waitsFor(text(on), text(why)) })
  const then = said.saw(of(actor), of)
  return 'saw' in then ? saw({ blocked: false, then: then.saw }) : then
}

const LOCKS: Readonly<Record<string, string>> = { resv: 'resv', memory_lock: 'memory-lock' }
const WAITS = ['unmap', 'fences', 'registration']

function waitsFor(on: string, why: string): string {
  if (WAITS.includes(why)) return why
  if (on === 'time') return 'sleep'
  return LOCKS[on.split('(')[0] ?? ''] ?? 'other'
}

function firstFailure(
  said: readonly Said[],
  done: readonly Done[],
  of: (actor: string) => readonly Done[],
): JsonObject | undefined {
  let at = 0
  for (const one of said) {
    const seen = one.saw(done.slice(at, at + one.steps.length), of)
    at += one.steps.length
    if ('saw' in seen && seen.saw.ok !== true) return seen.saw
  }
  return undefined
}
