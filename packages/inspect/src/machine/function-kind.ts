/** The role of a function when its own bytes do not tell: by class and place. */
import { type ConfigSpace, functionKind, type FunctionKind } from '@barter/core'

const BASE_BRIDGE = 0x06
const HOST = 0x0600
const CARDBUS = 0x0607

/** **Shape** `above`: kind of the bridge that it hangs below; `undefined` on a root bus. */
export function kindOf(
  config: ConfigSpace | undefined,
  classCode: number | undefined,
  above: FunctionKind | undefined,
): FunctionKind {
  if (config !== undefined && !config.silent) return functionKind(config, above === undefined, above)
  if (classCode === undefined) return 'endpoint'
  const subclass = Math.floor(classCode / 0x100)
  if (subclass === HOST) return 'host-bridge'
  if (Math.floor(classCode / 0x10000) !== BASE_BRIDGE || !isPciBridge(subclass)) return 'endpoint'
  if (subclass === CARDBUS) return 'pci-bridge'
  if (above === undefined) return 'root-port'
  if (above === 'root-port' || above === 'downstream-port') return 'upstream-port'
  return above === 'upstream-port' ? 'downstream-port' : 'pci-bridge'
}

/** PCI to PCI, transparent or not, and CardBus. An ISA bridge, as an example, is an endpoint to PCI. */
const isPciBridge = (subclass: number): boolean => subclass === 0x0604 || subclass === 0x0609 || subclass === CARDBUS
