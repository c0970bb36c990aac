import { container } from '../house.js'
import { importVisitors } from '../paths.js'

/** The container is an inner matter of core/compose. */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: { door: "only core's compose.ts may import {{to}}: ask the `Scope` instead" },
  },
  create(context) {
    return importVisitors((source, node) => {
      if (container.some((name) => source === name || source.startsWith(name + '/'))) {
        context.report({ node, messageId: 'door', data: { to: source } })
      }
    })
  },
}
