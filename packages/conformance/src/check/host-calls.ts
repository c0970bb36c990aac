/**
 * What code asks of the host while it runs: clocks, random numbers, and to be called later. In a run there are none but those
 * of the run.
 */

/** The doors: of which global object, which one. */
const DOORS: readonly (readonly [string, string])[] = [
  ['Math', 'random'],
  ['Date', 'now'],
  ['performance', 'now'],
  ['crypto', 'getRandomValues'],
  ['crypto', 'randomUUID'],
  ['process', 'hrtime'],
  ['process.hrtime', 'bigint'],
  ['process', 'nextTick'],
  ['globalThis', 'queueMicrotask'],
  ['globalThis', 'setTimeout'],
  ['globalThis', 'setImmediate'],
  ['globalThis', 'setInterval'],
  ['Promise', 'resolve'],
  ['Promise.prototype', 'then'],
]

type Door = (...args: unknown[]) => unknown

/** Names of the doors that `work`, which runs to its end at once, goes through. They work as ever. */
export function hostCalls(work: () => void): readonly string[] {
  const seen = new Set<string>()
  const undo = [...DOORS.map(([owner, key]) => watchDoor(owner, key, seen)), watchDate(seen)]
  try {
    work()
  } finally {
    for (const put of undo.reverse()) put()
  }
  return [...seen]
}

/** **Shape** gives how to have it as it was. */
function watchDoor(name: string, key: string, seen: Set<string>): () => void {
  const owner = name
    .split('.')
    .reduce<unknown>((of, part) => (of as Record<string, unknown> | undefined)?.[part], globalThis)
  if (!(owner instanceof Object)) return () => undefined
  const door: unknown = Reflect.get(owner, key)
  if (typeof door !== 'function') return () => undefined
  const watched = new Proxy(door as Door, {
    apply: (target, self: unknown, args) => {
      seen.add(name === 'globalThis' ? key : `${name}.${key}`)
      return Reflect.apply(target, self ?? owner, args)
    },
  })
  return replace(owner, key, watched)
}

/** `new Date()` without a time looks at the clock. */
function watchDate(seen: Set<string>): () => void {
  const watched = new Proxy(Date, {
    construct: (target, args: [], self) => {
      if (args.length === 0) seen.add('new Date()')
      return Reflect.construct(target, args, self) as object
    },
  })
  return replace(globalThis, 'Date', watched)
}

function replace(owner: object, key: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, key)
  Object.defineProperty(owner, key, { value, configurable: true, writable: true })
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, key)
    else Object.defineProperty(owner, key, own)
  }
}
