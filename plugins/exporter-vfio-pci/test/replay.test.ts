/** Recordings of a real kernel (format `barter-observation/1`), as far as they are about this driver, step by step. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type RecordedStep, Replay } from './replay.ts'

const RECORDINGS = fileURLToPath(new URL('../../../../shared/data/kernel-7.3.4/', import.meta.url))

const TOPICS = [
  'uapi-feature-flags',
  'uapi-argsz',
  'uapi-argument-errors',
  'uapi-short-memory',
  'uapi-check-order',
  'uapi-regions',
  'open-flags',
  'ranges-overlap',
  'ranges-whole-bar-by-page',
  'attach-checks-live',
  'attach-checks-revoked',
  'pin-and-directions',
  'two-attachments-one-client',
  'trigger-command-word',
  'trigger-command-neighbours',
  'trigger-d3hot',
  'trigger-d1-d2',
  'trigger-flr-devctl',
  'trigger-flr-devctl-far',
  'trigger-device-reset',
  'trigger-device-reset-far',
  'trigger-other-device',
  'reset-while-disabled',
  'low-power',
  'bar-register-writes',
  'hot-reset-single',
  'hot-reset-arguments',
  'several-buffers',
  'export-while-disabled',
  'close',
  'close-buffer-first',
  'close-first-of-two',
  'close-stuck-importer',
  'stuck-importer',
  'stuck-importer-reset',
  'unbind-open',
  'cpu-while-disabled',
  'cpu-low-power-d3-flr',
  'mmap-arguments',
  'walk-1',
  'walk-2',
  'walk-5',
]

describe.each(TOPICS)('VFIO-12: recording %s', (topic) => {
  test('each step ends as on Linux 7.3.4', (context) => {
    const file = `${RECORDINGS}${topic}.json`
    context.skip(!existsSync(file), 'the recordings are not beside this checkout')
    const { steps } = JSON.parse(readFileSync(file, 'utf8')) as { steps: readonly RecordedStep[] }
    const replay = new Replay()
    for (const [index, step] of steps.entries()) {
      const seen = replay.step(step)
      if (seen === undefined) continue
      expect({ index, op: step.op, ...seen.mine }).toEqual({ index, op: step.op, ...seen.recorded })
    }
    expect(replay.house.violations()).toEqual([])
  })
})
