/** What role a function plays in the tree, read from its header, class and PCI Express capability. */
import { type ConfigSpace, PCI_CLASS_REVISION } from '../config-space.ts'
import type { FunctionKind } from '../pci-function.ts'
import { type PciePortType, readPcie } from './pcie.ts'

const CLASS_BRIDGE_HOST = 0x0600

const KIND_OF_PORT: Readonly<Record<PciePortType, FunctionKind>> = {
  endpoint: 'endpoint',
  'legacy-endpoint': 'endpoint',
  'root-port': 'root-port',
  'upstream-port': 'upstream-port',
  'downstream-port': 'downstream-port',
  'pcie-to-pci-bridge': 'pci-bridge',
  'pci-to-pcie-bridge': 'pci-bridge',
  rciep: 'rciep',
  'event-collector': 'rciep',
}

/**
 * The kind of a function. The PCI Express capability decides; a function without one is a host bridge by class, a
 * conventional bridge by header, else an endpoint. Where the known bytes do not reach the capability, a bridge is
 * guessed from its place: PCI Express ports alternate on the way down. One that does not answer counts as an endpoint.
 *
 * **Shape** `above`: kind of the bridge it hangs below, needed for the guess only.
 */
export function functionKind(config: ConfigSpace, onRootBus: boolean, above?: FunctionKind): FunctionKind {
  if (config.silent) return 'endpoint'
  const pcie = readPcie(config)
  const bridge = (config.headerType ?? 0) !== 0
  // The south bridge link of some root complexes calls itself a root port, but it is a host bridge without a bus below.
  if (!bridge && isHostBridgeClass(config)) return 'host-bridge'
  if (pcie?.portType !== undefined) return KIND_OF_PORT[pcie.portType]
  if (!bridge) return 'endpoint'
  if (pcie === null || config.headerType === 2) return 'pci-bridge'
  if (onRootBus) return 'root-port'
  if (above === 'root-port' || above === 'downstream-port') return 'upstream-port'
  return above === 'upstream-port' ? 'downstream-port' : 'pci-bridge'
}

function isHostBridgeClass(config: ConfigSpace): boolean {
  const word = config.read32(PCI_CLASS_REVISION)
  return word !== undefined && word >>> 16 === CLASS_BRIDGE_HOST
}
