/** How V8 is to treat what schedules leave behind. */
import { setFlagsFromString } from 'node:v8'

/**
 * Have V8 make every object among the young ones, for as long as the process lives.
 *
 * It makes those of places whose objects lived long among the old ones, where they keep all that they point to until the
 * next full collection. A schedule makes its objects in the same places as the system that lives as long as the process,
 * and leaves nothing behind: without this a third of it is copied, and exploring takes a quarter longer.
 */
export function keepSchedulesYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
