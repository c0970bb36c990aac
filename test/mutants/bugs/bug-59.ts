import { ContractError, drive, KERNEL, type Kernel, type Scope, type Token } from '@barter/core'
import { bug } from '../bug.ts'
import { closeBufferWhileResetting } from '../story.ts'
import { withServices } from '../wrap.ts'

/** What is to wait for the return to user space is done on the spot. */
const impatient = (kernel: Kernel): Kernel => ({
  lock: (name) => kernel.lock(name),
  rwsem: (name) => kernel.rwsem(name),
  fence: (name) => kernel.fence(name),
  completion: (name) => kernel.completion(name),
  spawn: (name, body) => kernel.spawn(name, body),
  now: () => kernel.now(),
  get tick() {
    return kernel.tick
  },
  deferToReturn: (name, work) => {
    try {
      drive(work())
    } catch (error) {
      if (error instanceof ContractError) throw error
      // Another has the lock: nothing was done yet, and it can wait.
      kernel.deferToReturn(name, work)
    }
  },
  shared: (name, of) => kernel.shared(name, of),
  turns: (name) => kernel.turns(name),
  part: (name) => kernel.part(name),
  inside: (part, work) => kernel.inside(part, work),
  visit: (part, work) => kernel.visit(part, work),
  currentTask: () => kernel.currentTask(),
  currentPart: () => kernel.currentPart(),
})

const inHaste = (run: Scope): Scope => ({
  get: <T>(token: Token<T>): T =>
    token.key === KERNEL.key ? (impatient(run.get(KERNEL)) as unknown as T) : run.get(token),
  find: <T>(token: Token<T>): T | undefined =>
    token.key === KERNEL.key ? (impatient(run.get(KERNEL)) as unknown as T) : run.find(token),
  provide: (token, make) => {
    run.provide(token, make)
  },
})

export const BUG_59 = bug('BUG-59', {
  what: 'dma-buf: the last put releases at once, also under the memory lock',
  story: closeBufferWhileResetting,
  wrong: { wrap: withServices(inHaste) },
  found: { invariant: 'INV-27' },
})
