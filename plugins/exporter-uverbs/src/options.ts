/** Options of the plugin. */
import type { ProtocolsChange } from './protocols.ts'

export interface UverbsOptions {
  /**
   * Name of the driver that devices are bound to; `uverbs` unless told. With the name of an importer, such as `mlx5`,
   * the same NIC lends and uses.
   */
  readonly driver?: string
  /** Lists of steps in place of the usual ones, for mutants and experiments. */
  readonly protocols?: ProtocolsChange
}
