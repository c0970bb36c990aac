/** On the run path a thread is a generator that the scheduler drives; a promise would let the host choose the order. */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      async: '{{what}}: nothing on the run path is asynchronous; write a `function*` that returns an Op',
    },
  },
  create(context) {
    const report = (what) => (node) => context.report({ node, messageId: 'async', data: { what } })
    return {
      ':function[async=true]': report('an async function'),
      AwaitExpression: report('await'),
      'ForOfStatement[await=true]': report('for await'),
      ImportExpression: report('a dynamic import'),
      'TSTypeReference > Identifier[name=/^Promise(Like)?$/]': report('a promise type'),
      'NewExpression > Identifier[name="Promise"].callee': report('new Promise'),
      'MemberExpression > Identifier[name="Promise"].object': report('Promise'),
      'CallExpression > MemberExpression.callee > Identifier[name="then"].property': report('.then()'),
    }
  },
}
