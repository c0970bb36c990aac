/** A buffer that makes moments of a race certain: something happens in the middle of an attach or a detach. */
import {
  type Attachment,
  type AttachOps,
  type Device,
  DmaBuf,
  type DmaBufServices,
  type DmaBufSpec,
  type Op,
} from '@barter/core'
import type { Meddle } from './lender-options.ts'

export class MeddledBuffer extends DmaBuf {
  readonly #meddle: Meddle

  constructor(services: DmaBufServices, spec: DmaBufSpec, meddle: Meddle) {
    super(services, spec)
    this.#meddle = meddle
  }

  override *attach(device: Device, ops?: AttachOps): Op<Attachment> {
    const attachment = yield* super.attach(device, ops)
    yield* this.#meddle('listed')
    return attachment
  }

  override *detach(attachment: Attachment): Op<void> {
    yield* this.#meddle('leaving')
    yield* super.detach(attachment)
  }
}
