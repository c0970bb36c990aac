/**
 * What has to come of a combination, from what the plugins say they are and from the rules: TRG-*, REV-1 to REV-8, GEN-9
 * to GEN-13, IMP-3, IMP-5, PGM-11, T1-3 to T1-5, and the invariants that are broken where nobody is stopped.
 */
import type { ExporterKind, Generation, ImporterKind } from '@barter/core'
import { type Move, NOTHING, type Observation } from '../observation.ts'
import type { TriggerRow } from '../triggers.ts'
import { givenTo } from './address.ts'
import { isEarly, refusal } from './admission.ts'
import type { World } from './p2p.ts'

/** How long the importer keeps what it is told to let go, in a story in which the device is idle by then. */
type Keeps = 'nothing' | 'a-while' | 'until-used' | 'all'

interface Case {
  readonly exporter: ExporterKind
  readonly importer: ImporterKind
  readonly trigger: TriggerRow
  readonly generation: Generation
}

export function outcomeOf(
  world: World,
  exporter: ExporterKind,
  importer: ImporterKind,
  trigger: TriggerRow,
): Observation {
  const { generation, pgmap, pageSize } = world.facts
  const one: Case = { exporter, importer, trigger, generation }
  const pages = exporter.addresses === 'pages'
  const nothing = { ...NOTHING, states: '', broken: '' }
  const takesMapping = importer.takes === 'mapping'
  // PGM-5, PGM-8, HAZ-11.
  if (pages && !pgmap) return { ...nothing, piece: takesMapping ? '-' : 'EINVAL', lend: 'ENXIO' }
  if (takesMapping && exporter.mmap === 'none') return { ...nothing, lend: 'ENODEV' }
  // VFIO-8: whole pages. A pool takes no offset (PGM-8).
  const piece = takesMapping ? '-' : pages || pageSize > 0x1000 ? 'EINVAL' : 'ok'

  const refused = refusal(exporter, importer, generation)
  const given = refused === undefined ? givenTo(world, exporter, importer) : undefined
  // T1-1: what has pages is pinned, which this caller may not (PGM-9), and has no frames to be fished for.
  const fished = takesMapping && exporter.mmap === 'pages' ? 'EFAULT' : undefined
  const atImport = refused ?? (importer.maps === 'import' ? given?.errno : undefined) ?? fished
  const mapped = given !== undefined && given.errno === undefined && fished === undefined
  const arrives = given?.arrives === true
  const first = {
    piece,
    lend: 'ok',
    import: atImport ?? 'ok',
    address: (fished === undefined ? given?.address : undefined) ?? '-',
    before: atImport === undefined ? move(arrives) : '-',
  } as const
  const broken = new Set<string>(mapped && given.wrong !== undefined ? [given.wrong] : [])
  const done = (trigger: string, during: Move, after: Move, blocked = false): Observation => ({
    ...first,
    trigger,
    during,
    after,
    states: states(one, blocked),
    broken: [...broken].sort().join(' '),
  })

  const keeps = keptBy(one)
  // REV-2 step 7: whoever keeps it until user space acts is waited for, and user space waits too (DMB-18, DRM-12, BUG-36).
  if (mapped && revokes(one) && waits(one) && (keeps === 'until-used' || keeps === 'all')) {
    broken.add('INV-9')
    return done('blocked', '-', '-', true)
  }
  if (atImport !== undefined) return done('ok', '-', '-')
  if (!mapped) return done('ok', 'failed', 'failed')

  const takenBack = revokes(one)
  const stays = !takenBack || keeps === 'all'
  const { dark, unbinds } = trigger
  const inTheDark = dark !== 'never' && stays
  if (inTheDark) broken.add('INV-14')
  // A function that sleeps or does not decode is passed over; one in reset is hit (HAZ-1).
  if (takenBack && stays && arrives && (dark === 'meanwhile' || dark === 'never')) broken.add('INV-1')
  // In the early kernels the driver may go before an importer has acted (GEN-12).
  if (takenBack && unbinds === true && keeps !== 'nothing' && !waits(one)) broken.add('INV-3')
  const during = move(stays && arrives && dark === 'never')
  const comesBack = trigger.revokes !== 'for-good'
  const again = !takenBack || keeps === 'all' || (comesBack && importer.supports.restartable)
  if (takenBack && keeps === 'all' && arrives) broken.add('INV-1')
  return done('ok', during, move(again && arrives))
}

const move = (arrives: boolean): Move => (arrives ? 'moved' : 'failed')

/** Is the importer told, or its mapping of the CPU taken away? */
const revokes = ({ exporter, trigger }: Case): boolean => exporter.revoke !== 'none' && trigger.revokes !== 'never'

/** GEN-9: the early kernels tell and go on. Who takes no table is not counted (IFD-4), or not known at all (T1-2). */
function waits({ exporter, importer, generation }: Case): boolean {
  if (importer.takes !== 'table') return false
  return exporter.revoke === 'waits' || (exporter.revoke === 'by-generation' && !isEarly(generation))
}

function keptBy({ importer, generation }: Case): Keeps {
  if (importer.takes === 'mapping' || importer.unmaps === 'close') return 'all'
  // A dummy callback only complains (GEN-5).
  if (!importer.supports.invalidate && isEarly(generation)) return 'all'
  if (importer.unmaps === 'next-use') return 'until-used'
  return importer.unmaps === 'later' ? 'a-while' : 'nothing'
}

/** VFIO-24; every story ends with the last close. */
function states({ exporter, importer, trigger, generation }: Case, blocked: boolean): string {
  if (exporter.revoke === 'none' || importer.takes === 'mapping') return ''
  // 7.1 as merged unlists a buffer before it drains it (GEN-13).
  if (blocked)
    return exporter.revoke === 'by-generation' && generation === 'G2r' && trigger.revokes === 'for-good'
      ? 'revoked dead'
      : 'revoked'
  const away = trigger.revokes === 'meanwhile' || trigger.revokes === 'until-off' ? ['revoked', 'live'] : []
  return [...away, 'revoked', 'dead'].join(' ')
}
