/** What is where while a recording is said again: which name stands for which handle at this point. */
import type { Bdf } from '@barter/core'
import type { Json, RecordedBar, RecordedDevice, Recording } from './recording.ts'
import { text } from './word.ts'

export class Stage {
  readonly recording: Recording
  readonly #current = new Map<string, string>()
  /** Which device each buffer was exported from, by the scenario's name of the buffer. */
  readonly #exported = new Map<string, { device: RecordedDevice; region: number; ranges: readonly BarRange[] }>()
  readonly #bufferOf = new Map<string, string>()
  #made = 0

  constructor(recording: Recording) {
    this.recording = recording
  }

  /** A role or bdf as the scenario's name of the device. */
  device(name: Json | undefined): string {
    const bdf = this.bdf(name)
    const role = Object.entries(this.recording.roles).find(([, at]) => at === bdf)?.[0]
    return role ?? bdf
  }

  bdf(name: Json | undefined): Bdf {
    return this.recording.roles[text(name)] ?? (text(name) as Bdf)
  }

  recorded(name: Json | undefined): RecordedDevice | undefined {
    const bdf = this.bdf(name)
    return this.recording.devices.find((device) => device.bdf === bdf)
  }

  bar(device: RecordedDevice | undefined, index: number): RecordedBar | undefined {
    return device?.bars.find((bar) => bar.index === index)
  }

  /** A name that no other handle has had; recordings use theirs again. `undefined` makes one for a moment only. */
  make(kind: string, name: Json | undefined): string {
    const made = `${text(name) || 'moment'}#${++this.#made}`
    if (text(name) !== '') this.#current.set(`${kind} ${text(name)}`, made)
    return made
  }

  /** The handle that the recording's name stands for now; the name itself when nothing was made under it. */
  now(kind: string, name: Json | undefined): string {
    return this.#current.get(`${kind} ${text(name)}`) ?? text(name)
  }

  noteExport(buffer: string, device: RecordedDevice, region: number, ranges: readonly BarRange[]): void {
    this.#exported.set(buffer, { device, region, ranges })
  }

  noteImport(attachment: string, buffer: string): void {
    this.#bufferOf.set(attachment, buffer)
  }

  /** What a buffer, or the buffer of an attachment, is made of. */
  exported(handle: string): { device: RecordedDevice; region: number; ranges: readonly BarRange[] } | undefined {
    return this.#exported.get(this.#bufferOf.get(handle) ?? handle)
  }
}

export interface BarRange {
  readonly offset: number
  readonly length: number
}
