const globals = {
  Date: 'the host clock',
  performance: 'the host clock',
  setTimeout: 'a host timer',
  setInterval: 'a host timer',
  setImmediate: 'a host timer',
  clearTimeout: 'a host timer',
  queueMicrotask: 'the host scheduler',
  requestAnimationFrame: 'a host timer',
  crypto: 'host randomness',
  WeakRef: 'the garbage collector',
  FinalizationRegistry: 'the garbage collector',
}
const members = {
  Math: { random: 'host randomness' },
  process: { hrtime: 'the host clock', uptime: 'the host clock', nextTick: 'the host scheduler' },
  globalThis: globals,
  Atomics: { wait: 'the host clock', waitAsync: 'the host clock' },
}
const modules = {
  perf_hooks: 'the host clock',
  timers: 'a host timer',
  'timers/promises': 'a host timer',
}
const methods = { localeCompare: 'the locale of the host', toLocaleString: 'the locale of the host' }

/** The same seed gives the same run: time and choice come from the scope, never from the host. */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      host: '{{what}} is {{kind}}: a run has to be the same every time, so time and choice come from the scope',
    },
  },
  create(context) {
    const report = (node, what, kind) => context.report({ node, messageId: 'host', data: { what, kind } })

    function reference(ref) {
      const node = ref.identifier
      if (ref.isTypeReference === true && ref.isValueReference !== true) return
      const parent = node.parent
      if (Object.hasOwn(globals, node.name)) return report(node, node.name, globals[node.name])
      if (!Object.hasOwn(members, node.name)) return
      const banned = members[node.name]
      if (parent.type === 'MemberExpression' && parent.object === node) {
        const name = propertyName(parent)
        if (name !== undefined && Object.hasOwn(banned, name)) report(parent, `${node.name}.${name}`, banned[name])
      } else if (parent.type === 'VariableDeclarator' && parent.id.type === 'ObjectPattern') {
        for (const property of parent.id.properties) {
          const name = property.key?.name
          if (name !== undefined && Object.hasOwn(banned, name)) report(property, `${node.name}.${name}`, banned[name])
        }
      } else if (parent.type === 'VariableDeclarator' && node.name === 'Math') {
        report(node, 'an alias of Math', 'a way to host randomness')
      }
    }

    return {
      'Program:exit'() {
        const { globalScope } = context.sourceCode.scopeManager
        const free = globalScope.variables.filter((v) => v.defs.length === 0).flatMap((v) => v.references)
        for (const ref of new Set([...free, ...globalScope.through])) reference(ref)
      },
      ImportDeclaration(node) {
        const name = node.source.value.replace(/^node:/, '')
        if (node.importKind === 'type') return
        if (Object.hasOwn(modules, name)) return report(node, name, modules[name])
        if (name !== 'crypto') return
        for (const specifier of node.specifiers) {
          const taken = specifier.imported?.name ?? 'all of crypto'
          if (/^(random|getRandomValues|generate|webcrypto|all of crypto)/.test(taken)) {
            report(specifier, taken, 'host randomness')
          }
        }
      },
      'CallExpression > MemberExpression.callee'(node) {
        const name = propertyName(node)
        if (name !== undefined && Object.hasOwn(methods, name)) report(node, name, methods[name])
      },
    }
  },
}

function propertyName(member) {
  if (!member.computed) return member.property.name
  return member.property.type === 'Literal' ? String(member.property.value) : undefined
}
