import { bug } from '../bug.ts'

export const BUG_37 = bug('BUG-37', { file: 'failed-zap.yaml', found: { invariant: 'INV-1' } })
