import { bug } from '../bug.ts'
import { twoBridges } from '../machines.ts'
import { ownVerdict } from '../own-verdict.ts'
import { refused } from '../story.ts'

const INTEL = { vendor: 'GenuineIntel', family: 6 }
const LISTED = { vendor: 0x8086, device: 0x2030 }

export const BUG_72 = bug(
  'BUG-72',
  {
    what: 'host bridges: that a row holds within one bridge only is ignored',
    story: {
      ...refused,
      title: 'two host bridges of a Xeon E5',
      house: { machine: twoBridges(INTEL, '8086:2f00', '8086:2f00') },
    },
    wrong: { plugins: [ownVerdict(() => ({ idOf: () => LISTED }))] },
    found: { rule: 'HB-4' },
  },
  {
    what: 'host bridges: only that of the provider is looked up',
    story: {
      ...refused,
      title: 'a host bridge of the list and one that is not on it',
      house: { machine: twoBridges(INTEL, '8086:2030', '8086:1237') },
    },
    wrong: {
      plugins: [
        ownVerdict(({ provider }) => ({ idOf: (fn) => (fn.hostBridge === provider.hostBridge ? fn : LISTED) })),
      ],
    },
    found: { rule: 'HB-3' },
  },
  {
    what: 'host bridges: every AMD family is trusted',
    story: {
      ...refused,
      title: 'two host bridges of an AMD before Zen',
      house: { machine: twoBridges({ vendor: 'AuthenticAMD', family: 0x15 }, '1022:1576', '1022:1576') },
    },
    wrong: { plugins: [ownVerdict(({ facts }) => ({ cpu: { ...facts.cpu, family: 0x17 } }))] },
    found: { rule: 'HB-1' },
  },
)
