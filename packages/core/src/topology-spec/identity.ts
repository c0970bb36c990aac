/** Vendor, device and class of a function: as written, or what QEMU's device of that kind answers. */
import type { FunctionKind } from '../pci-function.ts'
import { sizeAt, specError } from './spec-error.ts'
import type { EndpointClass, EndpointSpec, Size } from './spec.ts'

export interface Identity {
  readonly vendor: number
  readonly device: number
  /** 24 bits. */
  readonly classCode: number
}

const CLASSES: Readonly<Record<EndpointClass, Identity>> = {
  nvme: { vendor: 0x1b36, device: 0x0010, classCode: 0x010802 },
  nic: { vendor: 0x8086, device: 0x10d3, classCode: 0x020000 },
  gpu: { vendor: 0x1234, device: 0x1111, classCode: 0x030200 },
  accelerator: { vendor: 0x1234, device: 0x11e8, classCode: 0x120000 },
}

const BRIDGES: Readonly<Record<Exclude<FunctionKind, 'endpoint' | 'rciep'>, Identity>> = {
  'host-bridge': { vendor: 0x8086, device: 0x29c0, classCode: 0x060000 },
  'root-port': { vendor: 0x1b36, device: 0x000c, classCode: 0x060400 },
  'upstream-port': { vendor: 0x104c, device: 0x8232, classCode: 0x060400 },
  'downstream-port': { vendor: 0x104c, device: 0x8233, classCode: 0x060400 },
  'pci-bridge': { vendor: 0x1b36, device: 0x000e, classCode: 0x060400 },
}

const ID = /^([0-9a-f]{4}):([0-9a-f]{4})$/i

export function bridgeIdentity(where: string, kind: keyof typeof BRIDGES, id: string | undefined): Identity {
  return { ...BRIDGES[kind], ...idAt(where, id) }
}

export function endpointIdentity(where: string, spec: Pick<EndpointSpec, 'id' | 'class'>): Identity {
  const chosen = spec.class ?? 'accelerator'
  const known = Object.hasOwn(CLASSES, chosen) ? CLASSES[chosen as EndpointClass] : undefined
  const identity = known ?? { ...CLASSES.accelerator, classCode: classAt(`${where}.class`, chosen) }
  return { ...identity, ...idAt(where, spec.id) }
}

function classAt(where: string, chosen: Size): number {
  const words = Object.keys(CLASSES).join(', ')
  const code = typeof chosen === 'string' && !/^[\d]/.test(chosen) ? -1 : sizeAt(where, chosen)
  if (code >= 0 && code <= 0xffffff) return code
  throw specError(where, `${chosen} is no class`, `write one of ${words}, or 24 bits as in 0x010802`)
}

function idAt(where: string, id: string | undefined): { vendor: number; device: number } | undefined {
  if (id === undefined) return undefined
  const [, vendor, device] = ID.exec(id) ?? []
  if (vendor === undefined || device === undefined) {
    throw specError(`${where}.id`, `${id} is no id`, 'write vendor and device in four hex digits each, as in 8086:29c0')
  }
  if (vendor.toLowerCase() === 'ffff') {
    throw specError(`${where}.id`, `vendor ffff is what an empty slot answers`, 'write the id of a real vendor')
  }
  return { vendor: parseInt(vendor, 16), device: parseInt(device, 16) }
}
