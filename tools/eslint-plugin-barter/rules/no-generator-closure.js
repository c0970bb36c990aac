/**
 * A generator function that is made anew in each call costs V8 a prototype and a hidden class each time: thirty times what
 * it does. Schedules are run by the thousand, so generator functions of the run path stand at the top of a file, or are
 * methods of a class.
 */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: { closure: 'made anew in each call: let it be a function at the top of the file, or a method' },
  },
  create(context) {
    const check = (node) => {
      if (node.generator && isMadeInCall(node)) context.report({ node, messageId: 'closure' })
    }
    return { FunctionExpression: check, FunctionDeclaration: check }
  },
}

/** Methods of a class at the top of a file are made once, with it. */
function isMadeInCall(node) {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (/Function/.test(at.type)) return true
  }
  return false
}
