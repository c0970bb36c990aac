const testCalls = new Set(['test', 'it', 'bench', 'beforeEach', 'afterEach', 'beforeAll', 'afterAll'])

/** An operation that nobody drives does nothing, and does it silently. */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      floating: 'this operation is made and dropped, so it does nothing: write `yield*` before it',
      awaited: 'an operation is not a promise: write `yield*`',
      yielded: 'write `yield*`: a bare `yield` hands the operation out instead of running it',
      callback: 'nobody runs the operation that this function returns: its caller expects nothing back',
      condition: 'an operation is always true: write `yield*` before it',
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices
    if (!services?.program) throw new Error('barter/no-floating-op needs type information')
    const checker = services.program.getTypeChecker()

    const isOp = (type) => {
      if (type.isUnion()) return type.types.some(isOp)
      const name = type.getSymbol()?.name
      return name === 'Generator' || name === 'AsyncGenerator' || type.aliasSymbol?.name === 'Op'
    }
    const yieldsOp = (node) => isOp(services.getTypeAtLocation(node))

    function dropped(node) {
      switch (node.type) {
        case 'YieldExpression':
        case 'AwaitExpression':
        case 'AssignmentExpression':
          return
        case 'ChainExpression':
        case 'TSNonNullExpression':
        case 'TSAsExpression':
          return dropped(node.expression)
        case 'UnaryExpression':
          return dropped(node.argument)
        case 'SequenceExpression':
          return node.expressions.forEach(dropped)
        case 'LogicalExpression':
          return dropped(node.right)
        case 'ConditionalExpression':
          dropped(node.consequent)
          return dropped(node.alternate)
        default:
          if (yieldsOp(node)) context.report({ node, messageId: 'floating' })
      }
    }

    function condition(node) {
      if (node === null || node === undefined) return
      if (node.type === 'UnaryExpression' && node.operator === '!') return condition(node.argument)
      if (node.type === 'LogicalExpression') {
        condition(node.left)
        return condition(node.right)
      }
      const type = node.type === 'CallExpression' ? services.getTypeAtLocation(node) : undefined
      if (type !== undefined && !type.isUnion() && isOp(type)) context.report({ node, messageId: 'condition' })
    }

    function callback(node) {
      const own = checker.getSignatureFromDeclaration(services.esTreeNodeToTSNodeMap.get(node))
      if (own === undefined || !isOp(own.getReturnType())) return
      const call = node.parent
      if (call.type === 'CallExpression' && call.arguments.includes(node) && testCalls.has(rootName(call.callee))) {
        context.report({ node, messageId: 'callback' })
        return
      }
      const expected = checker.getContextualType(services.esTreeNodeToTSNodeMap.get(node))
      const signatures = expected?.getCallSignatures() ?? []
      const wantsNothing =
        signatures.length > 0 && signatures.every((s) => checker.typeToString(s.getReturnType()) === 'void')
      if (wantsNothing) context.report({ node, messageId: 'callback' })
    }

    return {
      ExpressionStatement: (node) => dropped(node.expression),
      AwaitExpression(node) {
        if (yieldsOp(node.argument)) context.report({ node, messageId: 'awaited' })
      },
      'YieldExpression[delegate=false]'(node) {
        if (node.argument !== null && yieldsOp(node.argument)) context.report({ node, messageId: 'yielded' })
      },
      ArrowFunctionExpression: callback,
      FunctionExpression: callback,
      IfStatement: (node) => condition(node.test),
      WhileStatement: (node) => condition(node.test),
      DoWhileStatement: (node) => condition(node.test),
      ConditionalExpression: (node) => condition(node.test),
    }
  },
}

/** `test.skipIf(x)` -> `test` */
function rootName(node) {
  if (node.type === 'Identifier') return node.name
  if (node.type === 'MemberExpression') return rootName(node.object)
  if (node.type === 'CallExpression' || node.type === 'TaggedTemplateExpression')
    return rootName(node.callee ?? node.tag)
  return undefined
}
