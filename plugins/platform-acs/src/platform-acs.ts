/** The plugin: sets the ACS control words of a machine before anything runs on it. */
import {
  type Bdf,
  parseBdf,
  type PciFunction,
  type Plugin,
  readAcs,
  type Topology,
  writeAcsControl,
} from '@barter/core'
import { type AcsEdit, applyAcsEdit, bitsOf, parseAcsEdit } from './acs-edit.ts'
import { ACS_MODES, type AcsMode, type AcsOptions } from './acs-options.ts'
import { type AcsWords, controlOfMode } from './acs-policy.ts'
import {
  type AcsParameter,
  applyParameter,
  checkPlaces,
  parseConfigAcs,
  parseDisableAcsRedir,
} from './boot-parameter.ts'
import { acsBitNotOffered, acsMode, acsNone, acsPort, acsUnknown } from './errors.ts'

const NAME = 'platform-acs'

/**
 * Set ACS per function, in this order: the mode, `ports`, `disableAcsRedir`, `configAcs`. The two boot parameters start
 * again from what firmware left (with the edits of `ports`), as the kernel does, so they also undo its default.
 *
 * **Shape** a mode alone is short for `{ mode }`.
 * **Errors** `UsageError`: `ACS_MODE`, `ACS_WORD`, `ACS_PARAMETER` at once; `ACS_PORT`, `ACS_NONE`, `ACS_UNKNOWN`,
 * `ACS_BIT_NOT_OFFERED` at composition. **Source** ACS-9 to ACS-12.
 */
export function acs(options: AcsOptions | AcsMode = {}): Plugin {
  const plan = planOf(typeof options === 'string' ? { mode: options } : options)
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.topology.tap(NAME, (topology) => setAcs(topology, plan))
    },
  }
}

interface Plan {
  readonly mode: AcsMode
  readonly atsOff: boolean
  readonly edits: readonly { readonly name: string; readonly edit: AcsEdit }[]
  readonly parameters: readonly AcsParameter[]
}

function planOf(options: AcsOptions): Plan {
  const mode = options.mode ?? 'as-found'
  if (!ACS_MODES.includes(mode)) throw acsMode(mode)
  return {
    mode,
    atsOff: options.atsOff ?? false,
    edits: Object.entries(options.ports ?? {}).map(([name, text]) => ({ name, edit: parseAcsEdit(text) })),
    parameters: [
      ...(options.disableAcsRedir === undefined ? [] : [parseDisableAcsRedir(options.disableAcsRedir)]),
      ...(options.configAcs === undefined ? [] : [parseConfigAcs(options.configAcs)]),
    ],
  }
}

/** **Shape** the given topology stays as it is; the new one has configuration bytes of its own where a word changed. */
function setAcs(topology: Topology, plan: Plan): Topology {
  const edits = new Map(plan.edits.map(({ name, edit }) => [functionNamed(topology, name, edit), edit]))
  for (const parameter of plan.parameters) checkPlaces(parameter, topology)
  return topology.mapFunctions((fn) => {
    const found = readAcs(fn.config)
    if (found.kind !== 'present') return fn
    const control = controlOf(topology, fn, found, plan, edits.get(fn.bdf))
    if (control === found.control) return fn
    const config = fn.config.copy()
    writeAcsControl(config, control)
    return { ...fn, config }
  })
}

function controlOf(
  topology: Topology,
  fn: PciFunction,
  found: AcsWords,
  plan: Plan,
  edit: AcsEdit | undefined,
): number {
  const edited = (control: number): number => (edit === undefined ? control : applyAcsEdit(control, edit))
  const blockTranslated = plan.atsOff || topology.chain(fn).some((above) => above.externalFacing === true)
  const base = { capability: found.capability, control: edited(found.control) }
  return plan.parameters.reduce(
    (control, parameter) => applyParameter(parameter, topology, fn, base) ?? control,
    edited(controlOfMode(plan.mode, found, blockTranslated)),
  )
}

/** The function that an edit means, which must be able to do what the edit says. */
function functionNamed(topology: Topology, name: string, edit: AcsEdit): Bdf {
  const bdf = parseBdf(name)
  const fn = bdf === undefined ? undefined : topology.find(bdf)
  if (fn === undefined)
    throw acsPort(
      name,
      topology.functions.map((each) => each.bdf),
    )
  const state = readAcs(fn.config)
  if (state.kind === 'none') throw acsNone(fn.bdf)
  if (state.kind === 'unknown') throw acsUnknown(fn.bdf)
  const offered = bitsOf(state.capability)
  const missing = edit.set.filter((bit) => !offered.includes(bit))
  if (missing.length > 0) throw acsBitNotOffered(fn.bdf, missing, offered)
  return fn.bdf
}
