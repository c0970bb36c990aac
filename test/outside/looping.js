/**
 * A driver that does not come back: where the option `loops` says, it lets nobody else run any more. At `long` it does: it
 * computes for long, in many steps. At `worker` only where another thread than the first explores.
 */
import { AT_END, BUS, KERNEL, point, setMaster } from '@barter/core'
import { isMainThread } from 'node:worker_threads'
import { HOW } from './strangers.js'

const forEver = () => {
  for (;;);
}

const looping = (here) => {
  const at = (place) => {
    if (here === place) forEver()
  }
  return class extends HOW.worker {
    *attach() {
      at('import')
      yield* super.attach()
    }

    *told(attachment) {
      at('callback')
      if (!isMainThread) at('worker')
      yield* super.told(attachment)
    }

    *transfer(request) {
      if (here === 'long') for (let i = 0; i < 600; i++) yield* computing()
      return yield* super.transfer(request)
    }

    *unmap(attachment) {
      yield* point('about to unmap')
      at('thread')
      yield* super.unmap(attachment)
    }

    *close() {
      if (here === 'host') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      yield* super.close()
    }
  }
}

function* computing() {
  let sum = 0
  for (let i = 0; i < 1e6; i++) sum += i % 7
  yield* point(`computed ${sum}`)
}

export default function loopingPlugin({ loops } = {}) {
  if (loops === 'factory') forEver()
  const Region = looping(loops)
  return {
    name: 'looping',
    apply: ({ hooks }) => {
      if (loops === 'apply') forEver()
      hooks.importer.for('card').tap('looping', (run) => {
        if (loops === 'tap') forEver()
        if (loops === 'end') run.get(AT_END)(forEver)
        return {
          driver: 'card',
          supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
          *probe(device) {
            setMaster(device, true)
          },
          *import(device, buffer) {
            const region = new Region({ kernel: run.get(KERNEL), bus: run.get(BUS), device, buffer })
            yield* region.attach()
            return region
          },
        }
      })
    },
  }
}
