/** Which devices a report speaks of: those that people pair, or those that a person names by class, place or id. */
import { bdfParts, parseBdf, type PciFunction, type Topology } from '@barter/core'
import { deviceChoice } from '../errors.ts'
import { className, isInteresting } from './device-class.ts'
import { isEndpoint } from './exportable.ts'

/** Both narrow: with two of them a function has to pass both. Empty: those that people pair. */
export interface DeviceChoice {
  /** `gpu`, `nic`, `nvme`, `storage`, `accelerator`, `usb`; a word of the report, as `Ethernet`; or a class code, `0x0108`. */
  readonly classes?: readonly string[]
  /** A function `03:00.0`, all of a device `03:00`, all of a bus `03:`, or ids `10de:20b0` and `10de:*`. */
  readonly devices?: readonly string[]
}

type Takes = (fn: PciFunction) => boolean

/** Base classes and subclasses by the words that people use. */
const GROUPS: Readonly<Record<string, readonly (readonly [base: number, sub?: number])[]>> = {
  gpu: [[0x03]],
  nic: [[0x02], [0x0c, 0x06]],
  nvme: [[0x01, 0x08]],
  storage: [[0x01]],
  accelerator: [[0x12], [0x0b, 0x40]],
  usb: [[0x0c, 0x03]],
}

const CLASS_WORDS = Object.keys(GROUPS)

/**
 * Endpoints in bus order.
 * **Errors** `UsageError` `DEVICE_CHOICE` for a word that says nothing, or that nothing here answers to.
 */
export function chooseDevices(topology: Topology, { classes = [], devices = [] }: DeviceChoice): PciFunction[] {
  const endpoints = topology.functions.filter(isEndpoint)
  if (classes.length === 0 && devices.length === 0) return endpoints.filter((fn) => isInteresting(fn.classCode))
  const byClass = classes.map((word) => taking(endpoints, word, classTest(word, endpoints)))
  const byName = devices.map((word) => taking(endpoints, word, deviceTest(word)))
  const passes = (tests: readonly Takes[], fn: PciFunction): boolean =>
    tests.length === 0 || tests.some((takes) => takes(fn))
  return endpoints.filter((fn) => passes(byClass, fn) && passes(byName, fn))
}

/** A word that takes nobody is a slip, and a screen without devices would not say so. */
function taking(endpoints: readonly PciFunction[], word: string, takes: Takes | undefined): Takes {
  if (takes === undefined) throw deviceChoice(word, 'is neither a class nor a device', CLASS_WORDS)
  if (!endpoints.some(takes)) throw deviceChoice(word, 'names no device of this machine', CLASS_WORDS)
  return takes
}

function classTest(word: string, endpoints: readonly PciFunction[]): Takes | undefined {
  const name = word.trim().toLowerCase()
  const group = GROUPS[name] ?? GROUPS[name.replace(/s$/, '')]
  if (group !== undefined) {
    return ({ classCode }) =>
      group.some(([base, sub]) => baseOf(classCode) === base && (sub === undefined || subOf(classCode) === sub))
  }
  const code = /^0x([0-9a-f]{2}|[0-9a-f]{4}|[0-9a-f]{6})$/.exec(name)?.[1]
  if (code !== undefined) return ({ classCode }) => classCode.toString(16).padStart(6, '0').startsWith(code)
  const known = endpoints.some((fn) => className(fn.classCode).toLowerCase() === name)
  return known ? ({ classCode }) => className(classCode).toLowerCase() === name : undefined
}

function deviceTest(word: string): Takes | undefined {
  const name = word.trim().toLowerCase()
  const bdf = parseBdf(name)
  if (bdf !== undefined) return (fn) => fn.bdf === bdf
  const ids = /^([0-9a-f]{4}):([0-9a-f]{4}|\*)$/.exec(name)
  if (ids !== null) {
    const [, vendor = '', device = ''] = ids
    return (fn) => fn.vendor === parseInt(vendor, 16) && (device === '*' || fn.device === parseInt(device, 16))
  }
  const place = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):(?:([01][0-9a-f])(?:\.\*)?|\*)?$/.exec(name)
  if (place === null) return undefined
  const [, domain = '0', bus = '', device] = place
  return (fn) => {
    const parts = bdfParts(fn.bdf)
    const onBus = parts.domain === parseInt(domain, 16) && parts.bus === parseInt(bus, 16)
    return onBus && (device === undefined || parts.device === parseInt(device, 16))
  }
}

const baseOf = (classCode: number): number => Math.floor(classCode / 0x1_0000)
const subOf = (classCode: number): number => Math.floor(classCode / 0x100) % 0x100
