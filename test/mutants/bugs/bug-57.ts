import { bug } from '../bug.ts'
import { closeBufferWhileResetting } from '../story.ts'

export const BUG_57 = bug('BUG-57', {
  what: 'revoke: the walk takes a reference also to a file that is dying',
  story: closeBufferWhileResetting,
  wrong: {
    vfio: {
      protocols: {
        keepAlive: (buffer) => {
          buffer.get()
          return true
        },
      },
    },
  },
  found: { invariant: 'INV-27' },
})
