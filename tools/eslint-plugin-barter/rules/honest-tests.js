const suites = new Set(['test', 'it', 'describe', 'suite', 'bench'])

/** A test that cannot fail, or is left out without a word, is worse than none. */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      only: 'remove `.only`: it leaves out every other test',
      skip: "say when and why: `ctx.skip('reason')` inside the test, or `skipIf(condition)`",
      reason: "give `skip` a reason: `ctx.skip('reason')` or `ctx.skip(condition, 'reason')`",
      constant: 'this expectation is about a constant and holds whatever the code does',
    },
  },
  create(context) {
    return {
      MemberExpression(node) {
        if (node.computed || !suites.has(rootName(node.object))) return
        if (node.property.name === 'only') context.report({ node, messageId: 'only' })
        if (node.property.name === 'skip') context.report({ node, messageId: 'skip' })
      },
      CallExpression(node) {
        const { callee } = node
        if (callee.type === 'Identifier' && /^(xit|xtest|xdescribe)$/.test(callee.name)) {
          return context.report({ node, messageId: 'skip' })
        }
        if (callee.type === 'Identifier' && /^(fit|ftest|fdescribe)$/.test(callee.name)) {
          return context.report({ node, messageId: 'only' })
        }
        const isSkip =
          (callee.type === 'Identifier' && callee.name === 'skip') ||
          (callee.type === 'MemberExpression' &&
            !callee.computed &&
            callee.property.name === 'skip' &&
            !suites.has(rootName(callee.object)))
        if (isSkip && !hasReason(node.arguments)) return context.report({ node, messageId: 'reason' })
        const isExpect = callee.type === 'Identifier' && (callee.name === 'expect' || callee.name === 'assert')
        if (isExpect && node.arguments.length > 0 && isConstant(node.arguments[0])) {
          context.report({ node, messageId: 'constant' })
        }
      },
    }
  },
}

function hasReason(args) {
  const reason = args.length > 1 ? args[1] : args[0]
  if (reason === undefined) return false
  if (reason.type === 'Literal') return typeof reason.value === 'string' && reason.value.trim() !== ''
  return (
    args.length > 1 || ['TemplateLiteral', 'Identifier', 'MemberExpression', 'CallExpression'].includes(reason.type)
  )
}

function isConstant(node) {
  if (node.type === 'Literal') return true
  if (node.type === 'UnaryExpression') return isConstant(node.argument)
  if (node.type === 'Identifier') return node.name === 'undefined'
  return node.type === 'TemplateLiteral' && node.expressions.length === 0
}

function rootName(node) {
  if (node.type === 'Identifier') return node.name
  if (node.type === 'MemberExpression') return rootName(node.object)
  if (node.type === 'CallExpression') return rootName(node.callee)
  return undefined
}
