import { bug } from '../bug.ts'

export const BUG_41 = bug('BUG-41', { file: 'late-flush.yaml', found: { invariant: 'INV-1' } })
