/** All ordered pairs as CSV (RFC 4180): a row a pair, whose BAR first. */
import { type P2pVerdict, p2pVerdict, type Topology } from '@barter/core'
import { canProvide, ANSWER_NAMES, answerLetter, className, vendorLabel } from '@barter/inspect'
import { type Pieces, type Portrait } from './portrait.ts'

const HEAD = [
  'provider',
  'provider_class',
  'client',
  'client_class',
  'answer',
  'distance',
  'label',
  'common_upstream',
  'acs_redirect_on',
  'acs_unknown_on',
  'provider_iommu_group',
  'client_iommu_group',
  'rule',
  'reason',
]

export function* csv({ topology, functions }: Portrait): Pieces {
  yield line(HEAD)
  for (const provider of functions.filter(canProvide)) {
    for (const client of functions) {
      if (provider !== client) yield line(row(topology, p2pVerdict(topology, provider, client)))
    }
  }
}

function row(topology: Topology, verdict: P2pVerdict): readonly string[] {
  const provider = topology.get(verdict.provider)
  const client = topology.get(verdict.client)
  return [
    provider.bdf,
    className(provider.classCode),
    client.bdf,
    className(client.classCode),
    ANSWER_NAMES[answerLetter(verdict)],
    String(verdict.distance),
    vendorLabel(topology, provider, client),
    verdict.commonUpstream ?? '',
    verdict.redirectOn.map(({ bdf, bits }) => `${bdf} ${bits.join('+')}`).join('; '),
    verdict.acsMattersOn.join('; '),
    String(provider.iommuGroup ?? ''),
    String(client.iommuGroup ?? ''),
    verdict.rule,
    verdict.reason,
  ]
}

const line = (fields: readonly string[]): string => `${fields.map(field).join(',')}\r\n`

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
