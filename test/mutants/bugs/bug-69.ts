import { acsHas, acsWith, p2pVerdict, type TopologySpec } from '@barter/core'
import { bug } from '../bug.ts'
import { oneDevice, oneSwitch } from '../machines.ts'
import { readingAcs } from '../own-verdict.ts'
import { refused, type Story, writeOnly } from '../story.ts'

const on = (title: string, machine: NonNullable<Story['house']>['machine']): Story => ({
  ...writeOnly,
  title,
  house: machine === undefined ? {} : { machine },
})
/** On a host bridge that is not trusted, so that a redirect is a refusal. */
const siblings: TopologySpec = { ...oneDevice('off', ['RR', 'CR']), cpu: { vendor: 'GenuineIntel', family: 6 } }
const offeredOnly = on(
  'ports that offer redirect and do not do it',
  oneSwitch({ capability: ['SV', 'RR', 'CR', 'UF'] }),
)

export const BUG_69 = bug(
  'BUG-69',
  {
    what: 'ACS: the common function is not asked',
    story: { ...refused, title: 'functions below a root port that redirects', house: { machine: siblings } },
    wrong: {
      plugins: [
        readingAcs((acs, fn, { topology, provider, client }) =>
          fn.bdf === p2pVerdict(topology, provider, client).commonUpstream ? 0 : acs.control,
        ),
      ],
    },
    found: { rule: 'ACS-7' },
  },
  {
    what: 'ACS: endpoints are not asked',
    story: on('two functions of one device, of which one redirects', oneDevice(['RR'])),
    wrong: { plugins: [readingAcs((acs, fn) => (fn.kind === 'endpoint' ? 0 : acs.control))] },
    found: { invariant: 'INV-18' },
  },
  {
    what: 'ACS: the capability is read for the control word',
    story: offeredOnly,
    wrong: { plugins: [readingAcs(({ capability }) => capability)] },
    found: { invariant: 'INV-18' },
  },
  {
    what: 'ACS: SV and UF count as redirect',
    story: on('ports with source validation and forwarding on', oneSwitch({ port: ['SV', 'UF'] })),
    wrong: {
      plugins: [
        readingAcs(({ control }) =>
          acsHas(control, 'SV') || acsHas(control, 'UF') ? acsWith(control, ['RR']) : control,
        ),
      ],
    },
    found: { invariant: 'INV-18' },
  },
)
