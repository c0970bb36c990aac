/** The kinds of importer that the probe plays (IMP-5). */
import type { ImporterKind, ImporterSupport, StepValue } from '@barter/core'

const USUAL: ImporterSupport = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }

const kind = (
  options: Readonly<Record<string, StepValue>>,
  unmaps: ImporterKind['unmaps'],
  differs: Partial<ImporterSupport> = {},
): ImporterKind => ({ options, supports: { ...USUAL, ...differs }, takes: 'table', maps: 'word', unmaps })

export const PROBE_KINDS: readonly ImporterKind[] = [
  kind({}, 'callback'),
  kind({ invalidate: 'fence:1' }, 'callback'),
  kind({ invalidate: 'worker:1' }, 'later'),
  kind({ invalidate: 'manual' }, 'close'),
  kind({ invalidate: 'none' }, 'close', { invalidate: false }),
  kind({ peer2peer: false }, 'callback', { peer2peer: false }),
  kind({ static: true }, 'close', { dynamic: false, peer2peer: false, invalidate: false }),
]
