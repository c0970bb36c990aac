import { isBuiltin } from 'node:module'
import { dirname, join, posix as path } from 'node:path'
import { mayImport, roomOf, rootSetUp } from '../house.js'
import { importVisitors, manifest, place, pluginNames } from '../paths.js'

/** Arrows between packages point at core, go through the front door, and are written in package.json. */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      arrow:
        '{{from}} may not import {{to}}: arrows between packages point at core (tools/eslint-plugin-barter/house.js)',
      unknown: '{{from}} is not in the table of rooms (tools/eslint-plugin-barter/house.js)',
      deep: "import '{{front}}' instead: what its index does not export is private to that package",
      leaves: 'a relative import may not leave {{from}}',
      enters: 'a relative import may not enter {{to}}: import the package by its name',
      undeclared: '{{to}} is not among the dependencies in {{from}}/package.json',
      node: 'the sources of {{from}} run anywhere, so they may not import {{to}}',
    },
  },
  create(context) {
    const { root, path: file } = place(context)
    const room = roomOf(file)
    const from = room?.dir
    return importVisitors((source, node) => {
      const report = (messageId, data) => context.report({ node, messageId, data: { from, ...data } })
      if (source.startsWith('.')) {
        const target = path.join(dirname(file), source)
        const into = roomOf(target)
        if (into !== undefined && into.dir !== from) return report('enters', { to: into.dir })
        if (room !== undefined && !target.startsWith(from + '/') && !rootSetUp.includes(target))
          return report('leaves', {})
        return
      }
      if (source.startsWith('/')) return report('leaves', { from: from ?? 'the repository' })
      if (source.startsWith('@barter/')) {
        const [, name, ...rest] = source.split('/')
        if (rest.length > 0 && rest.join('/') !== 'package.json') return report('deep', { front: `@barter/${name}` })
        if (room === undefined) return
        if (room.allowed === undefined) return report('unknown', {})
        if (!mayImport(room, name, pluginNames(root).includes(name))) return report('arrow', { to: `@barter/${name}` })
      }
      if (room === undefined || room.part !== 'src') return
      if (isBuiltin(source)) {
        if (room.allowed?.node !== true) report('node', { to: source })
        return
      }
      const name = source.split('/', source.startsWith('@') ? 2 : 1).join('/')
      const { dependencies, peerDependencies } = manifest(root, join(from))
      if (!(name in { ...dependencies, ...peerDependencies })) report('undeclared', { to: name })
    })
  },
}
