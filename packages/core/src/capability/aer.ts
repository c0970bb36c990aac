/** Advanced Error Reporting: where a function writes down which errors it saw. */
import { type ConfigSpace, PCI_EXT_CAP_ID_ERR } from '../config-space.ts'
import { addExtendedCapability } from './chain.ts'

export const PCI_ERR_UNCOR_STATUS = 0x04
export const PCI_ERR_UNCOR_MASK = 0x08
export const PCI_ERR_UNCOR_SEVER = 0x0c
const LENGTH = 0x48
/** As the specification has it after a reset: what breaks the link is fatal, what a request suffers is not. */
const DEFAULT_SEVERITY = 0x0046_2030

/** Uncorrectable errors of single requests, with their bits in status, mask and severity (HAZ-3). */
export const AER_BITS = {
  /** `PCI_ERR_UNC_COMP_TIME`: a request of its own was never answered. */
  'completion-timeout': 0x4000,
  /** `PCI_ERR_UNC_UNSUP`: it got a request that it does not take. */
  'unsupported-request': 0x10_0000,
  /** `PCI_ERR_UNC_ACSV`: its access control stopped a request. */
  'acs-violation': 0x20_0000,
} as const
export type AerError = keyof typeof AER_BITS

export interface Aer {
  readonly offset: number
  /** What it has seen since somebody last cleared it, in the order of the register. */
  readonly errors: readonly AerError[]
}

/** **Shape** `null`: no such capability; `undefined`: the known bytes do not tell. */
export function readAer(config: ConfigSpace): Aer | null | undefined {
  const offset = config.extendedCapability(PCI_EXT_CAP_ID_ERR)
  if (offset === null || offset === undefined) return offset
  const status = config.read32(offset + PCI_ERR_UNCOR_STATUS)
  if (status === undefined) return undefined
  const errors = (Object.keys(AER_BITS) as AerError[]).filter((error) => (status & AER_BITS[error]) !== 0)
  return { offset, errors }
}

/** How an error is told to the root port: not at all where it is masked, as fatal where its severity bit is set (HAZ-3). */
export type AerSeverity = 'masked' | 'non-fatal' | 'fatal'

/** **Shape** `read` gives 4 bytes of configuration space as they stand; `offset` is that of the capability. */
export function aerSeverity(read: (at: number) => number, offset: number, error: AerError): AerSeverity {
  const set = (register: number): boolean => (read(offset + register) & AER_BITS[error]) !== 0
  if (set(PCI_ERR_UNCOR_MASK)) return 'masked'
  return set(PCI_ERR_UNCOR_SEVER) ? 'fatal' : 'non-fatal'
}

/** Write the capability at `at`, of which it takes 0x48 bytes, with nothing seen and nothing masked. */
export function writeAer(config: ConfigSpace, at: number): void {
  addExtendedCapability(config, PCI_EXT_CAP_ID_ERR, 2, at)
  for (let offset = at + PCI_ERR_UNCOR_STATUS; offset < at + LENGTH; offset += 4) config.write(offset, 4, 0)
  config.write(at + PCI_ERR_UNCOR_SEVER, 4, DEFAULT_SEVERITY)
}

/** What hardware does when it sees an error. Gives false, and does nothing, without the capability. */
export function latchAer(config: ConfigSpace, error: AerError): boolean {
  const aer = readAer(config)
  if (aer === null || aer === undefined) return false
  const at = aer.offset + PCI_ERR_UNCOR_STATUS
  config.write(at, 4, ((config.read32(at) ?? 0) | AER_BITS[error]) >>> 0)
  return true
}
