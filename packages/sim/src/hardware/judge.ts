/**
 * What the hardware tells the judge: where each packet ended, and which functions do not answer. It flows one way: the
 * hardware asks the judge nothing, so no verdict of the software can bend a route.
 */
import type { Access, Bdf, Landing } from '@barter/core'

/** A run of bytes that went one way. A transfer whose way changes is judged piece by piece. */
export interface JudgedPacket {
  /** `cpu` for a load or store of the CPU. */
  readonly from: Bdf | 'cpu'
  /** The scenario's name for the sender. */
  readonly who: string
  /** Thread or command on whose behalf it was sent. */
  readonly by: string | undefined
  readonly access: Access
  readonly at: number
  /** Bytes. */
  readonly length: number
  /** A pattern that is written again and again, and where in it the packet begins; empty of a read. */
  readonly data: Uint8Array
  readonly dataFrom: number
  readonly mapping: number | undefined
  /** Of a CPU mapping: whose memory it is meant to reach. */
  readonly owner?: Bdf | undefined
  readonly landing: Landing
  readonly viaHostBridge: boolean
  /** As a clause, why it ended there. */
  readonly why: string
  /** Why a function answers no memory request now, or `undefined` when it does. */
  readonly whyDark: (of: Bdf) => string | undefined
}

export interface Judge {
  landed(packet: JudgedPacket): void
  /** A function stopped answering memory requests, or goes on not answering for another reason. */
  dark(device: Bdf, why: string): void
  light(device: Bdf): void
}
