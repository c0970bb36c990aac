// The one place for what the checks of this house allow, each exception with its reason.
// Paths are relative to the root of the repository and written with `/`.

/**
 * Who may import whom. `src` and `test` name what the sources and the tests of a room may import besides the room
 * itself; `plugins` opens every plugin, by name. `node` opens the modules of Node.
 */
export const rooms = {
  'packages/core': { src: [], test: [] },
  'packages/sim': { src: ['core'], test: [] },
  'packages/explore': { src: ['core'], test: ['sim'] },
  'packages/inspect': { src: ['core'], test: [], node: true },
  'packages/parity': { src: ['core'], test: ['sim'] },
  'packages/conformance': { src: ['core', 'sim', 'explore'], test: [], node: true },
  'packages/cli': {
    src: ['core', 'sim', 'explore', 'inspect', 'parity'],
    test: ['conformance'],
    plugins: true,
    node: true,
  },
  'packages/web': { src: ['core', 'sim', 'explore', 'inspect'], test: [], plugins: true },
}

/** Every folder under `plugins/`. */
export const pluginRoom = { src: ['core'], test: ['sim', 'explore', 'conformance'] }

/** A machine is where a scenario meets a real host, so its plugin alone has clocks, files and promises. */
const machines = { 'plugins/machine-*/**': 'drives a real machine' }

/** Rooms in which one run has to give the same result every time. */
export const deterministic = [
  'packages/core',
  'packages/sim',
  'packages/explore',
  'packages/inspect',
  'packages/parity',
  'packages/conformance',
  'plugins/*',
]
export const mayUseHostClock = {
  ...machines,
  'packages/conformance/src/check/guard.ts': 'breaks off a driver that never comes back',
  'packages/conformance/src/check/host-calls.ts': 'sees whether a plugin looks at it',
  'packages/inspect/src/capture/pack-entries.ts': 'gives every entry of an archive the time zero',
}

/** Rooms on the run path, where nothing is asynchronous but the doors below. */
export const runPath = ['packages/core', 'packages/sim', 'plugins/*']
export const mayBeAsync = {
  ...machines,
  'packages/core/src/compose.ts': 'makes the system whose doors are asynchronous',
  'packages/core/src/hooks.ts': 'the hook `shutdown` is asynchronous',
  'packages/core/src/machine.ts': 'running a scenario gives a promise, as a machine may be another computer',
  'packages/core/src/system.ts': 'hands on to the machine and closes the system',
  'packages/sim/src/machine.ts': 'implements `Machine.run`; the run inside is synchronous',
}

/** `&`, `|`, `~` and `>>` cut to 32 bits, so an address never meets them. */
export const mayUseBitwise = {
  '**/config-space.ts': 'registers of 32 bits and less',
  '**/config-space/**': 'registers of 32 bits and less',
  '**/capability/**': 'registers of 32 bits and less',
  '**/acs.ts': 'the control bits of one capability',
  '**/bitfield.ts': 'what the others share',
  'packages/explore/src/**': 'hashes and sets of small numbers; no address comes here',
  '**/hash.ts': 'a digest works on words of 32 bits',
  '**/random.ts': 'a generator works on words of 32 bits',
}

export const mayYield = {
  'packages/core/src/op.ts': 'makes the traps; everyone else composes with yield*',
  'packages/cli/src/fleet/in-order.ts': 'hands on results as they come; no thread of a kernel runs here',
  'packages/cli/src/formats/**': 'texts that are written piece by piece; no thread of a kernel runs here',
}

export const mayOpenContainer = {
  'packages/core/src/compose.ts': 'the one door to the container',
  'test/explore/cheap-runs.test.ts': 'counts how often the door is used',
}
export const container = ['tsyringe', 'reflect-metadata']

/** Files that may name a path of one machine or a package registry. */
export const mayName = { 'test/house/names.test.ts': 'has an example of each' }

/** Files of a package that are set-up and may reach the root. */
export const rootSetUp = ['vitest.shared.ts']

/** `packages/core/src/op.ts` -> `{ dir: 'packages/core', name: 'core', part: 'src', allowed, plugin }` */
export function roomOf(path) {
  const [kind, name, part] = path.split('/')
  if ((kind !== 'packages' && kind !== 'plugins') || part === undefined) return undefined
  const dir = `${kind}/${name}`
  const plugin = kind === 'plugins'
  const allowed = plugin ? { ...pluginRoom, node: name.startsWith('machine-') } : rooms[dir]
  return { dir, name, part, allowed, plugin }
}

/** May `room` import the package of that name, in this part of it? `isPlugin` tells plugins from packages. */
export function mayImport(room, name, isPlugin) {
  if (name === room.name) return room.part !== 'src'
  if (room.allowed === undefined) return false
  if (isPlugin) return room.allowed.plugins === true
  return room.allowed.src.includes(name) || (room.part !== 'src' && room.allowed.test.includes(name))
}
