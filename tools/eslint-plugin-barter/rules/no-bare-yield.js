/** A bare `yield` is untyped for its caller and belongs to op.ts; operations compose by `yield*`. */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: { bare: "write `yield*`: only core's op.ts makes traps" },
  },
  create(context) {
    return {
      'YieldExpression[delegate=false]'(node) {
        context.report({ node, messageId: 'bare' })
      },
    }
  },
}
