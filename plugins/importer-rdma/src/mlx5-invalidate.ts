/**
 * What mlx5 does when the exporter tells it to let go (RDMA-12), as a list. The exporter's thread runs it with the
 * reservation held.
 */
import type { Op } from '@barter/core'
import type { Mlx5Region } from './mlx5-region.ts'

export interface InvalidateStep {
  readonly name: string
  readonly rule: string
  run(region: Mlx5Region): Op<void>
}

/** New pieces find no translation. If the command fails, the key goes instead: the region is lost, the buffer safe. */
const zapTranslation: InvalidateStep = {
  name: 'zapTranslation',
  rule: 'RDMA-12',
  *run(region) {
    if (region.commandFails('mlx5:zap')) region.key.revoke()
    else region.key.zap()
  },
}

/** As the kernel does it: a failed command is ignored, and the hardware goes on translating (BUG-37). */
const zapTranslationOrNot: InvalidateStep = {
  name: 'zapTranslation',
  rule: 'BUG-37',
  *run(region) {
    if (!region.commandFails('mlx5:zap')) region.key.zap()
  },
}

/** The command completes when the pieces that began before are through. */
const waitInFlight: InvalidateStep = {
  name: 'waitInFlight',
  rule: 'RDMA-12',
  run: (region) => region.key.settled(),
}

const unmapPages: InvalidateStep = {
  name: 'unmapPages',
  rule: 'RDMA-3',
  run: (region) => region.umem.unmapPages(),
}

export const MLX5_INVALIDATE: readonly InvalidateStep[] = [zapTranslation, waitInFlight, unmapPages]
/** With switch `BUG-37`. */
export const MLX5_INVALIDATE_BUG_37: readonly InvalidateStep[] = [zapTranslationOrNot, waitInFlight, unmapPages]
