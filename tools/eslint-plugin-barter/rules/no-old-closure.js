/**
 * V8 makes a function in the old heap when it is assigned straight to a property, and so it does what belongs to a getter of
 * a literal. All that such a function knows then outlives its run, until the old heap is collected: each collection of the
 * young heap copies it. Schedules are run by the thousand, so on the run path such a function gets a name first, and a getter
 * is one of a class.
 */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      assigned: 'made in the old heap, with all that it knows: give it a name first, then assign the name',
      getter: 'made in the old heap, with all that it knows: let it be a getter of a class',
    },
  },
  create(context) {
    return {
      AssignmentExpression({ left, right }) {
        if (left.type === 'MemberExpression' && FUNCTIONS.includes(right.type) && isInCall(left)) {
          context.report({ node: right, messageId: 'assigned' })
        }
      },
      'ObjectExpression > Property[kind=/^[gs]et$/]'(node) {
        if (isInCall(node)) context.report({ node, messageId: 'getter' })
      },
    }
  },
}

const FUNCTIONS = ['ArrowFunctionExpression', 'FunctionExpression']

/** At the top of a file it is made once. */
function isInCall(node) {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (/Function/.test(at.type)) return true
  }
  return false
}
