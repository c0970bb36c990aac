/** How V8 is to treat what schedules leave behind. */
import { setFlagsFromString } from 'node:v8'

/**
 * Have V8 allocate every object in the young generation, for as long as the process lives.
 *
 * It allocates objects in the old generation at places in the code whose objects lived long before; there they keep alive what
 * they point to until the next full collection. A schedule makes its objects at the same places as the system, which lives as
 * long as the process, and leaves nothing behind: without this a third of it is copied, and exploring takes a quarter longer.
 */
export function keepSchedulesYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
