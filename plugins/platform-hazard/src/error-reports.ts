/** What the kernel and a reader of the trace get to know of an error. */
import {
  type AerError,
  type AerSeverity,
  aerSeverity,
  type Bdf,
  type Devices,
  type HazardAnswer,
  hex,
  type PciFunction,
  readAer,
  type Topology,
  type Trace,
  type UnansweredRequest,
} from '@barter/core'

export class ErrorReports {
  readonly #topology: Topology
  readonly #devices: Devices
  readonly #trace: Trace

  constructor(topology: Topology, devices: Devices, trace: Trace) {
    this.#topology = topology
    this.#devices = devices
    this.#trace = trace
  }

  /** A line for each function that writes an error down, and what the kernel makes of it. */
  tell(request: UnansweredRequest, errors: HazardAnswer['errors']): void {
    if (!this.#trace.on) return
    const reporting = errors.filter(({ at }) => this.#reports(at))
    if (reporting.length === 0) {
      this.#trace.emit({ kind: 'note', text: `nobody reports an error: ${textOf(request)}`, rule: 'HAZ-1' })
    }
    for (const { at, error } of reporting) {
      const severity = this.severity(at, error)
      if (severity === 'masked') {
        const text = `${error.replace('-', ' ')} is masked at ${at}, so nobody is told: ${textOf(request)}`
        this.#trace.emit({ kind: 'note', text, rule: 'HAZ-3' })
        continue
      }
      const message = `AER: ${error.replace('-', ' ')} (${severity}) at ${at}, ${textOf(request)}`
      this.#trace.emit({ kind: 'log', message, rule: 'HAZ-3' })
      // The kernel asks the drivers of what hangs on the reporting function's link; vfio-pci tells its user, no more.
      const affected = this.#affected(at).join(', ')
      const text = `error_detected of ${affected}: a vfio-pci device signals its user, and nothing is revoked`
      this.#trace.emit({ kind: 'note', text, rule: 'TRG-17' })
    }
  }

  lastWords(request: UnansweredRequest): void {
    if (!this.#trace.on) return
    this.#trace.emit({ kind: 'log', message: `machine check: ${textOf(request)}`, rule: 'HAZ-1' })
  }

  /** As its registers stand; `undefined` without the capability. */
  severity(at: Bdf, error: AerError): AerSeverity | undefined {
    const fn = this.#topology.find(at)
    const aer = fn && readAer(fn.config)
    if (!aer) return undefined
    const { config } = this.#devices.get(at)
    return aerSeverity((offset) => config.read(offset, 4), aer.offset, error)
  }

  #reports(at: Bdf): boolean {
    const fn = this.#topology.find(at)
    return fn !== undefined && (readAer(fn.config) ?? null) !== null
  }

  /** Everything below a port; for a device, all on its bus. */
  #affected(at: Bdf): readonly Bdf[] {
    const fn = this.#topology.get(at)
    const bus = fn.bridge !== undefined || fn.parent === null ? [] : this.#topology.children(fn.parent)
    const found = fn.bridge === undefined ? (bus.length === 0 ? [fn] : bus) : this.#below(fn)
    return found.map((one) => one.bdf)
  }

  #below(bridge: PciFunction): readonly PciFunction[] {
    const children = this.#topology.children(bridge.bdf)
    return children.flatMap((child) => [...(child.bridge === undefined ? [child] : []), ...this.#below(child)])
  }
}

/** `a read of 4 bytes at 0x80000000 by cpu: the function that decodes it is in reset and does not answer` */
function textOf({ from, access, at, length, why }: UnansweredRequest): string {
  return `a ${access} of ${length} bytes at ${hex(at)} by ${from}: ${why}`
}
