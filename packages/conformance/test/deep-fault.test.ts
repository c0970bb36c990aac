/** A fault that shows only when two threads interrupt each other more often than the bounded search lets them. */
import {
  type Attachment,
  type Bus,
  BUS,
  ContractError,
  type Device,
  type DmaBuf,
  type Import,
  type Op,
  type Plugin,
  point,
} from '@barter/core'
import { expect, test } from 'vitest'
import { moveData } from '../src/borrower/move-data.ts'
import { importerChapters } from '../src/index.ts'

/** An access is three stages, and those of two threads may not take turns that often. */
class Staged implements Import {
  readonly #bus: Bus
  readonly #turns: number
  readonly #stages: number[] = []
  #accesses = 0
  #attachment!: Attachment

  constructor(bus: Bus, turns: number) {
    this.#bus = bus
    this.#turns = turns
  }

  *attach(device: Device, buffer: DmaBuf): Op<void> {
    buffer.get()
    try {
      const invalidate = (told: Attachment): Op<void> => unmap(told)
      this.#attachment = yield* buffer.attach(device, { peer2peer: true, invalidate })
    } catch (error) {
      buffer.put()
      throw error
    }
  }

  *access(request: Parameters<Import['access']>[0]): ReturnType<Import['access']> {
    const mine = this.#accesses++
    for (let i = 0; i < 3; i++) {
      this.#stages.push(mine)
      this.#check()
      yield* point('a stage')
    }
    const { buffer, device } = this.#attachment
    const [attachment, bus] = [this.#attachment, this.#bus]
    return yield* buffer.resv.locked(function* () {
      return yield* moveData(bus, device, attachment.table ?? (yield* attachment.map('bidirectional')), request)
    })
  }

  *close(): Op<void> {
    const { buffer } = this.#attachment
    const attachment = this.#attachment
    yield* buffer.resv.locked(() => unmap(attachment))
    yield* buffer.detach(attachment)
    buffer.put()
  }

  #check(): void {
    const last = this.#stages.slice(-this.#turns)
    const alternates = last.length === this.#turns && last.every((one, i) => i === 0 || one !== last[i - 1])
    if (alternates) throw new ContractError('INV-21', 'the stages of two accesses take turns')
  }
}

function* unmap(attachment: Attachment): Op<void> {
  if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
}

const staged = (turns: number): Plugin => ({
  name: 'staged',
  apply: ({ hooks }) => {
    hooks.importer.for('staged').tap('staged', (run) => ({
      driver: 'staged',
      supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
      *probe() {
        // Its device needs nothing.
      },
      *import(device, buffer) {
        const made = new Staged(run.get(BUS), turns)
        yield* made.attach(device, buffer)
        return made
      },
    }))
  },
})

test('stages that take turns four times: the kit finds it by chance, and shows how it comes about', () => {
  const chapters = importerChapters({ plugin: () => staged(5), driver: 'staged' })
  const checks = chapters.find(({ name }) => name === 'interleavings')?.checks ?? []
  const two = checks.find(({ says }) => says.startsWith('two threads use one import'))
  expect(() => two?.run()).toThrow(/INV-21: (one|two): the stages of two accesses take turns/)
})
