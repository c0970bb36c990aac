/** Each place at which a call can be made to fail, fails in turn: what is left then? */
import type { Errno, Step } from '@barter/core'
import { type Chapter, check } from './check.ts'
import type { Fault, Stage, Steps } from './stage.ts'

/** One call of a fault point, of those that a run makes. */
interface Place {
  readonly point: string
  readonly device: string
  /** The how-manieth of this name. */
  readonly nth: number
  readonly usual: Errno
}

/** One thread: what may fail anywhere, then what has to work as if nothing had been. */
export interface ErrorStory {
  readonly first: readonly Step[]
  readonly end: readonly Step[]
  /** Of `end`: a step that has to end well, and one that has to give `text`. */
  readonly last: Step
  readonly peek: Step
  readonly text: string
}

/** All of it, where nothing fails. */
export const wholeStory = ({ first, end }: ErrorStory): Steps => ({ user: [...first, ...end] })

export function errorsOf(stage: Stage, story: ErrorStory): Chapter {
  const { first, last, peek, text } = story
  let places: readonly Place[]
  try {
    places = placesOf(stage, first)
  } catch (error) {
    // What is wrong with the plugin or with what is said of it is told by a test, as tests are being collected.
    const tell = (): never => {
      throw error
    }
    return { name: 'errors', checks: [check('INV-28', 'nothing is left when a call fails', tell)] }
  }
  const checks = places.map((place) => {
    const { point, device, nth, usual } = place
    return check(
      'INV-28',
      `${point} of ${device} fails${nthText(nth)}: nothing is left, and the next one works`,
      () => {
        const demand = {
          rule: 'INV-28',
          expected: `after ${usual} from ${point} everything can be closed, nothing is left over, and a new one works`,
        }
        const played = stage.play(wholeStory(story), { fault: failingAt(place) })
        played.demandClean(demand)
        played.demandOk(last, demand)
        played.demandValue(peek, text, demand)
      },
    )
  })
  return { name: 'errors', checks, leftOut: 'no call of it can be made to fail' }
}

/**
 * Of the first part only: the second has to find a world in which everything works. Not of the probes before it: a driver
 * that is not bound has nothing to leave.
 */
function placesOf(stage: Stage, first: readonly Step[]): readonly Place[] {
  return placesIn(stage, first).slice(placesIn(stage, []).length)
}

function placesIn(stage: Stage, user: readonly Step[]): readonly Place[] {
  const places: Place[] = []
  const seen = counter()
  const fault: Fault = ({ point, device, usual }) => {
    places.push({ point, device: device.name, nth: seen(point, device.name), usual })
    return undefined
  }
  stage.play({ user }, { fault })
  return places
}

function failingAt(place: Place): Fault {
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
