// Cutting 100 GiB into sg entries: the core's code with all its checks against a loop that fills the same objects.
import { GiB, splitEntries } from '@barter/core'
import { compare, mustBe } from '../harness.js'

const START = 0x4000_0000_00
const LENGTH = 100 * GiB
const LONGEST = 2 ** 32 - 4096
const ENTRIES = 26
const TABLES = 2000

export function run() {
  const ours = splitEntries([{ address: START, length: LENGTH }], 4096)
  mustBe(ours.length, ENTRIES, 'entries of 100 GiB (SGT-9)')
  mustBe(JSON.stringify(ours), JSON.stringify(bare()), 'both tables')
  let sink = 0
  return compare({
    name: 'sg',
    unit: 'entry',
    count: TABLES * ENTRIES,
    goal: 'at most 5',
    a: () => {
      for (let i = 0; i < TABLES; i++) sink += splitEntries([{ address: START, length: LENGTH }], 4096).length
      return sink
    },
    b: () => {
      for (let i = 0; i < TABLES; i++) sink += bare().length
      return sink
    },
  })
}

function bare() {
  const entries = []
  for (let left = LENGTH, address = START; left > 0; left -= LONGEST, address += LONGEST) {
    entries.push({ address, length: Math.min(LONGEST, left) })
  }
  return entries
}
