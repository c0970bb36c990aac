/**
 * Each bug that somebody could make is found by what is to find it, and the correct system under the same story is clean.
 * Here in some schedules; `npm run mutants` looks at all of them.
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from './catalogue.ts'
import { mutants } from './main.ts'
import { Trial } from './try-mutation.ts'

const root = join(import.meta.dirname, '..', '..')
const trial = new Trial(root, 'sampled')

test.each(CATALOGUE)('$id: each mutant is found, and the correct system is clean', async (bug) => {
  for (const { mutated, wanted, mutant, control, good } of await trial.rows(bug)) {
    const seen = { mutated, wanted, found: mutant.finding, control: control.finding }
    expect({ ...seen, good }).toEqual({ ...seen, good: true })
  }
})

describe('npm run mutants', () => {
  test('a table of 80 columns, or data', async () => {
    const { text, exitCode } = await mutants(['BUG-82'], root)
    expect([exitCode, Math.max(...text.split('\n').map((line) => line.length)) <= 80]).toEqual([0, true])
    const data: unknown = JSON.parse((await mutants(['--json', 'bug-82'], root)).text)
    expect(data).toMatchObject({
      schema: 'barter.mutants/1',
      good: true,
      rows: [
        { bug: 'BUG-82', wanted: 'VFIO-9b', found: 'VFIO-9b', control: { found: null, coverage: 'complete' } },
        { bug: 'BUG-82', wanted: 'VFIO-14', found: 'VFIO-14', control: { found: null, coverage: 'complete' } },
        { bug: 'BUG-82', wanted: 'VFIO-9b', found: 'VFIO-9b', control: { found: null, coverage: 'complete' } },
      ],
    })
  })

  test('a bug that is not in the catalogue is named', async () => {
    expect(await mutants(['BUG-X'], root)).toEqual({ text: 'mutants: there is no BUG-X\n', exitCode: 2 })
  })
})
