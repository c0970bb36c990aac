/** The plugin: sets the ACS control words of a machine before anything runs on it. */
import {
  acsControlPlace,
  acsWith,
  type Bdf,
  type Device,
  parseBdf,
  type PciFunction,
  type Plugin,
  readAcs,
  type Topology,
  TOPOLOGY,
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
      if (!isKernels(plan)) return
      hooks.platform.tap(NAME, (platform, run) => {
        const topology = run.get(TOPOLOGY)
        return {
          ...platform,
          programAcs: (device) => {
            programAcs(topology, plan, device)
          },
        }
      })
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

/** What the kernel does by itself, and therefore again; the rest is how the machine was found. */
const isKernels = ({ mode, parameters }: Plan): boolean => mode === 'kernel-default' || parameters.length > 0

/**
 * Whenever a driver is bound and when registers are restored, from what the function holds then: after a reset that is
 * mostly nothing (ACS-9, ACS-10). A function that does not answer is left alone.
 */
function programAcs(topology: Topology, plan: Plan, device: Device): void {
  const place = acsControlPlace(device.fn)
  const acs = readAcs(device.fn.config)
  if (place === undefined || acs.kind !== 'present') return
  const found = device.config.read(place.offset, place.width)
  if (found === (place.width === 2 ? 0xffff : 0xffff_ffff)) return
  const words = { capability: acs.capability, control: found }
  const control = controlOf(topology, device.fn, words, { ...plan, mode: kernelMode(plan.mode) }, undefined)
  if (control !== found) device.config.write(place.offset, place.width, control)
}

const kernelMode = (mode: AcsMode): AcsMode => (mode === 'kernel-default' ? mode : 'as-found')

/** **Shape** the given topology stays as it is; the new one has configuration bytes of its own where a word changed. */
function setAcs(topology: Topology, plan: Plan): Topology {
  const edits = new Map(plan.edits.map(({ name, edit }) => [functionNamed(topology, name, edit), edit]))
  for (const parameter of plan.parameters) checkPlaces(parameter, topology)
  return topology.mapFunctions((fn) => {
    const found = readAcs(fn.config)
    if (found.kind !== 'present') return fn
    const place = acsControlPlace(fn) ?? { offset: 0, width: 2 }
    const before = fn.config.read(place.offset, place.width) ?? found.control
    const words = { capability: found.capability, control: before }
    const control = controlOf(topology, fn, words, plan, edits.get(fn.bdf))
    if (control === before) return fn
    const config = fn.config.copy()
    config.write(place.offset, place.width, control)
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
  const byMode = edited(controlOfMode(plan.mode, found, blockTranslated))
  // A port with a register of its own has a hook of its own too, which knows how to clear redirects and nothing else (ACS-12).
  if (acsControlPlace(fn)?.width === 4) {
    const meant = plan.parameters.some((parameter) => applyParameter(parameter, topology, fn, base) !== undefined)
    return meant ? acsWith(byMode, [], ['RR', 'CR', 'EC']) : byMode
  }
  return plan.parameters.reduce(
    (control, parameter) => applyParameter(parameter, topology, fn, base) ?? control,
    byMode,
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
