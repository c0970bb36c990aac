import { UsageError } from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Json, type JsonObject, readRecording } from '../src/recording.ts'
import { RECORDING, recordingWith } from './a-recording.ts'

const read = (change: JsonObject) => () => readRecording('small.json', JSON.stringify({ ...RECORDING, ...change }))

describe('reading a recording', () => {
  test('a good one is read whole', () => {
    const recording = recordingWith([{ op: 'bind', device: 'exporter' }])
    expect(recording.roles).toEqual({ exporter: '0000:01:00.0', client: '0000:02:00.0' })
    expect(recording.steps).toEqual([{ op: 'bind', saw: { ok: true }, args: { device: 'exporter' } }])
  })

  test.each([
    ['not JSON', '{', 'RECORDING_UNKNOWN'],
    ['of another format', '{"format":"other/1"}', 'RECORDING_UNKNOWN'],
    ['a list', '[]', 'RECORDING_UNKNOWN'],
  ])('what is %s is said to be no recording', (_what, text, code) => {
    expect(() => readRecording('small.json', text)).toThrow(expect.objectContaining({ code }))
  })

  test.each([
    [{ cpu: { vendor: 'AuthenticAMD', family: 'x' } }, 'cpu.family must be a number'],
    [{ roles: { exporter: '01:00' } }, 'roles.exporter must be a PCI function (dddd:bb:dd.f)'],
    [{ devices: [{ bdf: '0000:00:03.0' }] }, 'devices[0].hostBridge must be a text'],
    [{ steps: [{ op: 'bind' }] }, 'steps[0].saw must be an object'],
    [
      { iommu: { driver: 'intel', mode: 'maybe', strict: false } },
      'iommu.mode must be one of translated, identity, none',
    ],
  ])('a broken field is named with its place: %j', (change, complaint) => {
    expect(read(change as JsonObject)).toThrow(
      expect.objectContaining({ code: 'RECORDING_BROKEN', message: `small.json: ${complaint}` }),
    )
  })

  test('whatever is put in the place of a field, it is read or refused with one usage error', () => {
    const paths = pathsOf(RECORDING)
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const text = JSON.stringify(replaced(RECORDING, path, value as Json))
        try {
          readRecording('small.json', text)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
          expect((error as UsageError).message).toContain('small.json')
        }
      }),
      { numRuns: 500, examples: [[['rules', '1'], { toString: false }]] },
    )
  })
})

type Path = readonly (string | number)[]

function pathsOf(value: Json): Path[] {
  if (typeof value !== 'object' || value === null) return [[]]
  return Object.entries(value).flatMap(([key, one]) => [[key], ...pathsOf(one).map((path) => [key, ...path])])
}

function replaced(value: Json, [key, ...rest]: Path, by: Json): Json {
  if (key === undefined) return by
  if (Array.isArray(value))
    return value.map((one: Json, i) => (String(i) === String(key) ? replaced(one, rest, by) : one))
  if (typeof value !== 'object' || value === null) return by
  return { ...value, [key]: replaced((value as JsonObject)[key] ?? null, rest, by) }
}
