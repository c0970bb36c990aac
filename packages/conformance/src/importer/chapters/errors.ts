/** Each place at which a call can be made to fail, fails in turn: what is left then? */
import type { Errno, FaultPoint } from '@barter/core'
import { type Chapter, check } from '../../check/check.ts'
import { step } from '../../step.ts'
import type { ImporterStage, PlayOptions, Steps } from '../importer-stage.ts'
import { freely } from '../race-story.ts'

/** One call of a fault point, of those that a run makes. */
interface Place {
  readonly point: string
  readonly device: string
  /** The how-manieth of this name. */
  readonly nth: number
  readonly usual: Errno
}

const TEXT = 'as if nothing was'

export function errors(stage: ImporterStage): Chapter {
  const last = step('write', 'again', { data: TEXT, length: TEXT.length })
  const peek = step('peek', 'nvme', { length: TEXT.length })
  const story = storyOf(stage, [last, peek])
  const checks = placesOf(stage, story).map((place) =>
    check(
      'INV-28',
      `${place.point} of ${place.device} fails${nthText(place.nth)}: nothing is left, and the next import works`,
      () => {
        const demand = {
          rule: 'INV-28',
          expected: `after ${place.usual} from ${place.point} everything can be closed, nothing is left over, and a new import works`,
        }
        const played = stage.play(story, { fault: failingAt(place) })
        played.demandClean(demand)
        played.demandOk(last, demand)
        played.demandValue(peek, TEXT, demand)
      },
    ),
  )
  return { name: 'errors', checks }
}

/** An import that is used, taken back where it can be, used again and closed; then another, which must work. */
function storyOf(stage: ImporterStage, end: Steps[string]): Steps {
  const use = [...stage.prepare().map(freely), freely(step('write', 'imp', { length: 64 }))]
  const taken = stage.supports.invalidate ? [step('revoke', 'nvme'), step('restore', 'nvme'), ...use] : []
  return {
    user: [
      ...stage.lend(),
      freely(stage.import()),
      ...use,
      ...taken,
      freely(step('close', 'imp')),
      stage.import('again'),
      ...stage.prepare('again'),
      ...end,
      step('close', 'again'),
      step('close', 'buf'),
    ],
  }
}

/** Of the first import only: the second has to find a world in which everything works. */
function placesOf(stage: ImporterStage, story: Steps): readonly Place[] {
  const places: Place[] = []
  const seen = counter()
  const options: PlayOptions = {
    fault: ({ point, device, usual }) => {
      places.push({ point, device: device.name, nth: seen(point, device.name), usual })
      return undefined
    },
  }
  const { user = [] } = story
  stage.play(
    {
      user: user.slice(
        0,
        user.findIndex(({ as }) => as === 'again'),
      ),
    },
    options,
  )
  return places
}

function failingAt(place: Place): (point: FaultPoint) => Errno | undefined {
  const seen = counter()
  return ({ point, device }) => {
    const nth = seen(point, device.name)
    return point === place.point && device.name === place.device && nth === place.nth ? place.usual : undefined
  }
}

function counter(): (point: string, device: string) => number {
  const counts = new Map<string, number>()
  return (point, device) => {
    const key = `${point} ${device}`
    const nth = (counts.get(key) ?? 0) + 1
    counts.set(key, nth)
    return nth
  }
}

const nthText = (nth: number): string =>
  nth === 1 ? '' : ` the ${nth}${nth === 2 ? 'nd' : nth === 3 ? 'rd' : 'th'} time`
