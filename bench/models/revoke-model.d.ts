import type { Explorable } from '@barter/core'

export interface RevokeModelOptions {
  readonly importers: number
  readonly transfers?: number
  readonly order?: 'data' | 'lock'
  readonly broken?: boolean
  readonly lateMap?: boolean
  readonly symmetric?: boolean
}

export function revokeModel(options: RevokeModelOptions): Explorable
