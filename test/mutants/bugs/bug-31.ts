import { bug } from '../bug.ts'

export const BUG_31 = bug('BUG-31', { file: 'iova-leak.yaml', found: { invariant: 'INV-28' } })
