/** What the kernel knows of one PCI function in a run (its `struct pci_dev`). */
import { type AcsState, PCI_ACS_CTRL, readAcs } from './acs.ts'
import type { Bdf } from './bdf.ts'
import type { PowerState } from './capability/pm.ts'
import type { ConfigSpace, ConfigWidth } from './config-space.ts'
import type { Lock } from './kernel.ts'
import type { P2pState } from './p2p-provider.ts'
import type { PciFunction } from './pci-function.ts'

/** Live configuration registers of the hardware. A function that does not answer reads as all ones. */
export interface ConfigAccess {
  read(offset: number, width: ConfigWidth): number
  write(offset: number, width: ConfigWidth, value: number): void
}

export interface Device {
  /** The scenario's name for it, or its bdf. */
  readonly name: string
  readonly bdf: Bdf
  /** The function as enumeration found it. */
  readonly fn: PciFunction
  readonly config: ConfigAccess
  /** The driver core's device lock; resets under `memory_lock` only try it (VFIO-41). */
  readonly lock: Lock
  /** Bits of address the device may be given (DMA-5); drivers set it. */
  dmaMaskBits: number
  /** The power state the kernel believes it to be in; not looked at yet while absent (pci-power.ts). */
  powerState?: PowerState | undefined
  /** P2P state, made by `initP2p` and destroyed when the driver detaches (P2P-2, P2P-7). */
  p2p: P2pState | undefined
  /** The driver's handler: a reset with saved state is over, and the registers are back. `undefined` when it goes. */
  resetDone?: (() => void) | undefined
  /**
   * The driver's handler: the PCI core was told of an error of the function. Says that it can go on (TRG-17). `undefined`
   * when it goes.
   */
  errorDetected?: (() => void) | undefined
  /** No PCI function at all: nobody knows a way to it, and it has no registers (P2P-17). */
  readonly notPci?: true
  /** What it hangs on, as a virtual or platform device may hang on a PCI function (P2P-18). */
  readonly hangsOn?: Device
  /** What somebody let the kernel believe of it, whatever its registers say. */
  pretence?: Pretence | undefined
}

/** A function's identity or ACS control word in the kernel's own view: stands for hardware that is not there. */
export interface Pretence {
  readonly id?: { readonly vendor: number; readonly device: number }
  /** ACS control, with or without a capability. */
  readonly acs?: number
}

/** Every device of the machine, by name. */
export interface Devices {
  get(bdf: Bdf): Device
  readonly all: readonly Device[]
}

/**
 * ACS as the running kernel reads it: the capability's place from enumeration, the control word from the hardware now.
 * **Source** ACS-1; ACS-15: a silent function reads as all ones, which counts as redirect.
 */
export function liveAcs(device: Device): AcsState {
  const pretended = device.pretence?.acs
  if (pretended !== undefined) return { kind: 'present', offset: 0, capability: pretended, control: pretended }
  const known = enumerated(device.fn.config)
  if (known.kind !== 'present') return known
  const { kind, offset, capability } = known
  return { kind, offset, capability, control: device.config.read(offset + PCI_ACS_CTRL, 2) }
}

/** By the registers of the topology, which do not change: each map asks for every port on the way. */
const places = new WeakMap<ConfigSpace, AcsState>()

function enumerated(config: ConfigSpace): AcsState {
  const found = places.get(config)
  if (found !== undefined) return found
  const acs = readAcs(config)
  places.set(config, acs)
  return acs
}
