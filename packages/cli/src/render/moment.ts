/** One line of a story. */
import type { Tone } from './event-text.ts'

/** `brief`: the turning points, without reasons and routes. `verbose`: every event. */
export type Detail = 'brief' | 'usual' | 'verbose'

export interface Moment {
  readonly tick: number
  readonly who: string
  text: string
  tone: Tone
  /** A step of an actor begins, ends, or is told as a whole; something happens in one. */
  part: 'begin' | 'end' | 'whole' | 'event'
  /** `turn`: a buffer or a device is in another state from here on. `passing`: time goes by, nothing else. */
  readonly weight: 'turn' | 'plain' | 'passing'
}
