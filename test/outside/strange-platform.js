/**
 * A platform as somebody else would write it, in plain JavaScript: an IOMMU with one domain, a cache of pages, and addresses that
 * are given again; and what goes wrong in such code. Option: `how`, one of `HOW`.
 */
import { advance, iova, KernelError, physAddr, point } from '@barter/core'

const PAGE = 4096
const FIRST = 2 ** 32

class Unit {
  ranges = new Map()
  cache = new Map()

  /** The first gap that is wide enough. */
  place(length) {
    let at = FIRST
    for (const [start, range] of [...this.ranges].sort(([a], [b]) => a - b)) {
      if (at + length <= start) break
      at = start + range.length
    }
    return at
  }

  target(range) {
    return range
  }

  *mapPhys(_device, range) {
    yield* point('write the table')
    const at = this.place(range.length)
    this.ranges.set(at, this.target(range))
    return iova(at)
  }

  *unmapPhys(_device, at, length) {
    yield* point('clear the table')
    this.clear(at)
    this.flush(at, length)
  }

  clear(at) {
    this.ranges.delete(at)
  }

  flush(at, length) {
    for (const page of [...this.cache.keys()]) if (page >= at && page < at + length) this.cache.delete(page)
  }

  translate(_requester, address, _access, sent) {
    const into = address % PAGE
    const page = address - into
    const known = this.cache.get(page)
    const found = known ?? this.walk(page)
    if (found === undefined) {
      if (address >= FIRST) return { kind: 'fault', why: 'nothing is mapped there' }
      return { kind: 'pass', address: physAddr(address), length: FIRST - address }
    }
    if (sent) this.cache.set(page, found)
    return { kind: 'mapped', address: physAddr(found + into), length: PAGE - into, cached: known !== undefined }
  }

  walk(page) {
    for (const [at, { start, length }] of this.ranges) if (page >= at && page < at + length) return start + page - at
    return undefined
  }
}

const platform = (Made) => (hooks) => {
  hooks.platform.tap('strange-platform', (before) => {
    const unit = new Made()
    const dma = {
      backend: () => 'legacy',
      mapPhys: (...args) => unit.mapPhys(...args),
      unmapPhys: (...args) => unit.unmapPhys(...args),
      tryAllocIova: () => undefined,
    }
    return { ...before, dma, iommu: { translate: (...args) => unit.translate(...args) } }
  })
}
const forgetful = (hooks) => {
  hooks.platform.tap('strange-platform', ({ dma, iommu }) => ({ dma, iommu }))
}
const mapType = (answer) => (hooks) => {
  hooks.mapType.tap('strange-platform', answer)
}

export const HOW = {
  right: platform(Unit),
  'maps the page after': platform(
    class extends Unit {
      target(range) {
        return { ...range, start: advance(range.start, PAGE) }
      }
    },
  ),
  'flushes no IOTLB': platform(
    class extends Unit {
      flush() {}
    },
  ),
  'flushes the first page only': platform(
    class extends Unit {
      flush(at) {
        super.flush(at, PAGE)
      }
    },
  ),
  'lets what is not mapped through': platform(
    class extends Unit {
      walk(page) {
        return super.walk(page) ?? 0x1000
      }
    },
  ),
  'refuses to unmap': platform(
    class extends Unit {
      *unmapPhys() {
        throw new KernelError('EIO', 'DMA-3', 'no answer')
      }
    },
  ),
  'clears no table': platform(
    class extends Unit {
      next = FIRST
      place(length) {
        this.next += length
        return this.next - length
      }
      clear() {}
    },
  ),
  'clears the oldest': platform(
    class extends Unit {
      clear() {
        super.clear(this.ranges.keys().next().value)
      }
    },
  ),
  'gives one address twice': platform(
    class extends Unit {
      place() {
        return FIRST
      }
    },
  ),
  'takes an address by chance': platform(
    class extends Unit {
      place() {
        return FIRST * (1 + Math.floor(Math.random() * 1000))
      }
    },
  ),
  'sends all below the switch': mapType(() => 'bus-addr'),
  'sends all through the host bridge': mapType(() => 'thru-host-bridge'),
  'answers yes': mapType(() => 'yes'),
  'forgets what others have put there': forgetful,
  'is asynchronous': platform(
    class extends Unit {
      async mapPhys() {
        return iova(FIRST)
      }
    },
  ),
}

export default function strangePlatform({ how = 'right' } = {}) {
  return { name: 'strange-platform', apply: ({ hooks }) => HOW[how](hooks) }
}
