/** Requirements as SARIF 2.1.0: a result an ordered pair, as code scanning services take them. */
import type { RequirementCheck, RequirementResult } from '@barter/inspect'

export const SARIF_SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** Nothing to check: the device is not there. */
const ABSENT = 'DEVICE-ABSENT'

/** **Shape** `file`: the capture, as a relative path; `version`: of the command. */
export function sarif(results: readonly RequirementResult[], file: string, version: string): string {
  const found = results.flatMap((result) => resultsOf(result, file))
  const rules = [...new Set(found.map(({ ruleId }) => ruleId))].sort()
  const document = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'barter',
            semanticVersion: version,
            rules: rules.map((id) => ({ id, shortDescription: { text: descriptionOf(id) } })),
          },
        },
        results: found.map((one) => ({ ...one, ruleIndex: rules.indexOf(one.ruleId) })),
      },
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const descriptionOf = (id: string): string =>
  id === ABSENT ? 'A device that a requirement names is not in the machine.' : `See: barter explain ${id}`

interface SarifResult {
  readonly ruleId: string
  readonly kind: 'pass' | 'fail' | 'open'
  readonly level: 'none' | 'error'
  readonly message: { readonly text: string }
  readonly locations: readonly unknown[]
}

function resultsOf({ requirement, why, checks }: RequirementResult, file: string): readonly SarifResult[] {
  if (why !== undefined) {
    const message = { text: `${requirement.text}: ${why}` }
    return [{ ruleId: ABSENT, kind: 'fail', level: 'error', message, locations: locations(file, []) }]
  }
  return checks.map((check) => ({
    ruleId: check.rule,
    ...outcome(check.met),
    message: {
      text: `${check.client} to a BAR of ${check.provider}: wanted ${requirement.wanted}, found ${check.found}. ${check.reason}`,
    },
    locations: locations(file, [check.provider, check.client]),
  }))
}

/** SARIF wants the level of everything but a failure to be `none`. */
function outcome(met: RequirementCheck['met']): Pick<SarifResult, 'kind' | 'level'> {
  if (met === true) return { kind: 'pass', level: 'none' }
  return met === 'unknown' ? { kind: 'open', level: 'none' } : { kind: 'fail', level: 'error' }
}

function locations(file: string, devices: readonly string[]): readonly unknown[] {
  const physicalLocation = { artifactLocation: { uri: encodeURI(file) }, region: { startLine: 1 } }
  return [{ physicalLocation, logicalLocations: devices.map((name) => ({ name, kind: 'resource' })) }]
}
