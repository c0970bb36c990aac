/** A fleet read by threads, as people start it: the built command. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { barter, missing, PROCESS_TIMEOUT, root } from './barter.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-fleet-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.skipIf(missing !== undefined)(`threads${missing === undefined ? '' : `: ${missing}`}`, () => {
  test(
    'give the same rows in the same order as one, and a cut file costs its own row only',
    () => {
      const good = join(root, 'examples/captures/qemu-fabric-epyc-iommu.tar.gz')
      for (let i = 10; i < 28; i++) cpSync(good, join(scratch, `m${i}.tar.gz`))
      writeFileSync(join(scratch, 'm15.tar.gz'), readFileSync(good).subarray(0, 9000))
      const [one, three] = ['1', '3'].map((jobs) => barter(['inspect', scratch, '--json', '--jobs', jobs]))
      expect(three).toEqual(one)
      expect([one?.exit, one?.err]).toEqual([3, ''])
      const rows = (one?.out ?? '')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { read: boolean; code?: string })
      expect(rows.map(({ read, code }) => (read ? 'ok' : code))).toEqual(
        Array.from({ length: 18 }, (_, i) => (i === 5 ? 'CAPTURE_TRUNCATED' : 'ok')),
      )
    },
    PROCESS_TIMEOUT,
  )
})
