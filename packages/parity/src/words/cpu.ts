/** The CPU's ways to a BAR: its mappings of the device file, and read and write calls. */
import type { Step } from '@barter/core'
import { number, text } from '../json-value.ts'
import type { JsonObject } from '../recording.ts'
import type { Stage } from '../stage.ts'
import { type Done, isOk, oneStep, plainSaw, type PlainStep, saw, type Word, worst } from '../word.ts'

/** Mapped and unmapped at once, without being touched. */
export const mmap: Word = ({ args }, stage) => {
  const as = stage.make('cpu mapping', undefined)
  const length = number(args.length)
  return {
    steps: [
      { verb: 'mmap', target: stage.now('file', args.device), as, args: { ...placeOf(args), length } },
      { verb: 'close', target: as },
    ],
    saw: ([mapped]) => saw(plainSaw(mapped)),
  }
}

export const mmapAccess: Word = ({ args }, stage) => {
  const { mapping, steps } = mappingOf(args, stage)
  const verb = args.kind === 'write' ? 'store' : 'load'
  return {
    steps: [...steps, { verb, target: mapping, args: { offset: number(args.offset), length: TOUCHED } }],
    saw: (done) => saw(plainSaw(worst(done))),
  }
}

/** Bytes that a single touch takes. */
const TOUCHED = 4

export const pread: Word = oneStep(({ args }, stage) => onRegion('pread', args, stage))
export const pwrite: Word = oneStep(({ args }, stage) => onRegion('pwrite', args, stage))

export const cpuWrite: Word = ({ args }, stage) => {
  const { mapping, steps } = mappingOf(args, stage)
  const data = text(args.text)
  return {
    steps: [...steps, { verb: 'store', target: mapping, args: { offset: number(args.offset), data } }],
    saw: (done) => saw(plainSaw(worst(done))),
  }
}

export const cpuRead: Word = ({ args }, stage) => {
  const { mapping, steps } = mappingOf(args, stage)
  const loads = loadSteps(mapping, number(args.offset), number(args.length))
  return {
    steps: [...steps, ...loads],
    saw: (done) => {
      const failed = plainSaw(worst(done))
      if (failed.ok !== true) return saw(failed)
      return saw({ ok: true, text: loadedText(done.slice(steps.length)) })
    },
  }
}

/** The mapping of the whole region that stays in place, and the step that makes it the first time. */
export function mappingOf(
  args: JsonObject,
  stage: Stage,
): { readonly mapping: string; readonly steps: readonly PlainStep[] } {
  const file = stage.now('file', args.device)
  const region = number(args.region)
  const known = stage.cpuMapping(file, region)
  if (known !== undefined) return { mapping: known, steps: [] }
  const as = stage.make('cpu mapping', undefined)
  stage.noteCpuMapping(file, region, as)
  return { mapping: as, steps: [{ verb: 'mmap', target: file, as, args: { bar: region } }] }
}

/** A machine shows so many bytes of what was loaded. */
const SHOWN = 32

export function loadSteps(mapping: string, offset: number, length: number): readonly PlainStep[] {
  return Array.from({ length: Math.ceil(length / SHOWN) }, (_, i) => ({
    verb: 'load',
    target: mapping,
    args: { offset: offset + i * SHOWN, length: Math.min(SHOWN, length - i * SHOWN) },
  }))
}

/** What was loaded, as ASCII without the zeros at the end. */
export function loadedText(loads: readonly Done[]): string {
  return loads
    .map((done) => (isOk(done) && done.result.kind === 'ok' ? shownText(done.result.value) : ''))
    .join('')
    .replace(/\0+$/, '')
}

/** `"hello"`, or `68 65 6c` when not all of it is printable. */
function shownText(value: unknown): string {
  if (typeof value !== 'string') return ''
  if (value.startsWith('"')) return value.slice(1, -1)
  return value
    .split(' ')
    .map((byte) => String.fromCharCode(parseInt(byte, 16)))
    .join('')
}

const placeOf = (args: JsonObject): Step['args'] => ({
  bar: number(args.region),
  offset: args.offset === undefined ? 0 : number(args.offset),
})

function onRegion(verb: string, args: JsonObject, stage: Stage): PlainStep {
  const offset = args.offset === undefined ? 0 : number(args.offset)
  return { verb, target: stage.now('file', args.device), args: { region: number(args.region), offset } }
}
