import { bug } from '../bug.ts'

export const BUG_44 = bug('BUG-44', { file: 'split-groups.yaml', found: { invariant: 'INV-29' } })
