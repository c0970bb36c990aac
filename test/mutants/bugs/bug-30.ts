import { bug } from '../bug.ts'

export const BUG_30 = bug('BUG-30', { file: 'table-leak.yaml', found: { invariant: 'INV-28' } })
