import { bug } from '../bug.ts'

export const BUG_38 = bug('BUG-38', { file: 'failed-detach.yaml', found: { invariant: 'INV-1' } })
