// Threads of `bench-thread.js`, and how much two of them get done at once on the machine as it is.
import { Worker } from 'node:worker_threads'

/** A `Worker` of the explorer. */
export class Thread {
  #thread

  constructor(workerData) {
    this.#thread = new Worker(new URL('./bench-thread.js', import.meta.url), { workerData })
  }

  run(task) {
    const thread = this.#thread
    return new Promise((resolve, reject) => {
      const hear = (result) => {
        thread.off('error', reject)
        resolve(result)
      }
      thread.once('message', hear).once('error', reject)
      thread.postMessage(task)
    })
  }

  end() {
    return this.#thread.terminate()
  }
}

const ROUNDS = 1e8

/** Of two threads that only count, against one: 2 where two cores are free. */
export async function gainOfTwo() {
  const threads = [new Thread({ burn: true }), new Thread({ burn: true })]
  const seconds = async (some) => {
    const start = process.hrtime.bigint()
    await Promise.all(some.map((thread) => thread.run(ROUNDS)))
    return Number(process.hrtime.bigint() - start) / 1e9
  }
  try {
    await seconds(threads)
    const one = await seconds(threads.slice(1))
    return (2 * one) / (await seconds(threads))
  } finally {
    await Promise.all(threads.map((thread) => thread.end()))
  }
}
