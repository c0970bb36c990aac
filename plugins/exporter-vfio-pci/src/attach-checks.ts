/** Who may attach, in the kernel's order (VFIO-25). */
import type { Attachment, Errno } from '@barter/core'
import type { VfioBuffer } from './vfio-buffer.ts'

export interface AttachCheck {
  readonly name: string
  readonly errno: Errno
  /** A clause: why this attachment is refused. */
  readonly why: string
  refuses(attachment: Attachment, buffer: VfioBuffer): boolean
}

/** No static importer passes here, in any generation (GEN-8). */
export const peer2peer: AttachCheck = {
  name: 'peer2peer',
  errno: 'EOPNOTSUPP',
  why: 'it does not take peer-to-peer addresses',
  refuses: (attachment) => !attachment.peer2peer,
}

/** Read under no lock at all, so it promises nothing later (INV-5). */
export const notRevoked: AttachCheck = {
  name: 'notRevoked',
  errno: 'ENODEV',
  why: 'the buffer is revoked',
  refuses: (_attachment, buffer) => buffer.revoked,
}

/** It must be able to let go when told (DMB-19). */
export const revocable: AttachCheck = {
  name: 'revocable',
  errno: 'EOPNOTSUPP',
  why: 'it has no invalidate callback, so it could not be told to let go',
  refuses: (attachment) => !attachment.revocable,
}

export const ATTACH_CHECKS: readonly AttachCheck[] = [peer2peer, notRevoked, revocable]
