/**
 * An importer as somebody else would write it, which forgets `yield*` before a call of its own. Option: `where`, one of `WHERE`;
 * the line says `here`.
 */
import { advance, BUS, KernelError, point, setMaster, sleep } from '@barter/core'

class Region {
  #attachment
  #isTold = false

  constructor(bus, device, buffer, where) {
    this.bus = bus
    this.device = device
    this.buffer = buffer
    this.where = where
  }

  *attach() {
    this.buffer.get()
    try {
      this.#attachment = yield* this.buffer.attach(this.device, {
        peer2peer: true,
        invalidate: (told) => this.told(told),
      })
    } catch (error) {
      this.buffer.put()
      throw error
    }
  }

  *told(attachment) {
    if (this.where === 'a method') this.rest(attachment) // here: a method
    if (this.where === 'a method that nobody else can see') this.#note() // here: a method that nobody else can see
    if (this.where === 'a function of the module') settle() // here: a function of the module
    if (this.where === 'a function of core') sleep(20) // here: a function of core
    if (this.where === 'the end of a function') return this.last() // here: the end of a function
    if (this.where === 'the value of a variable' && this.#isFirst()) return
    if (this.where === 'a function that is made for it') {
      const later = function* () {
        yield* point('later')
      }
      later() // here: a function that is made for it
    }
    yield* this.rest(attachment)
    yield* this.#note()
    yield* settle()
  }

  *#note() {
    yield* point('it was told')
    this.#isTold = true
  }

  *last() {
    yield* point('the last thing')
  }

  #isFirst() {
    const asked = this.ask() // here: the value of a variable
    return asked === true
  }

  *ask() {
    return this.#isTold
  }

  *rest(attachment) {
    if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
  }

  *access(request) {
    const access = () => this.move(request)
    try {
      return yield* this.buffer.resv.locked(access)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      return { ok: false, status: this.#isTold ? 'taken back' : 'refused', errno: error.errno, rule: error.rule }
    }
  }

  *move({ access, offset, length, data }) {
    const table = this.#attachment.table ?? (yield* this.#attachment.map('bidirectional'))
    const at = advance(table.entries[0].address, offset)
    const packet = { from: this.device, access, at, length, data, mapping: table.mapping }
    const { arrived, data: back } = yield* this.bus.dma(packet)
    return { ok: arrived, status: 'moved', data: back }
  }

  *close() {
    yield* this.buffer.resv.locked(() => this.rest(this.#attachment))
    yield* this.buffer.detach(this.#attachment)
    this.buffer.put()
  }
}

function* settle() {
  yield* point('it settles')
}

export const WHERE = [
  'nowhere',
  'a method',
  'a method that nobody else can see',
  'a function of the module',
  'a function of core',
  'the end of a function',
  'the value of a variable',
  'a function that is made for it',
]

export default function forgetful({ where = 'nowhere' } = {}) {
  return {
    name: 'forgetful',
    apply: ({ hooks }) => {
      hooks.importer.for('card').tap('forgetful', (run) => ({
        driver: 'card',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        *probe(device) {
          setMaster(device, true)
        },
        *import(device, buffer) {
          const region = new Region(run.get(BUS), device, buffer, where)
          yield* region.attach()
          return region
        },
      }))
    },
  }
}
