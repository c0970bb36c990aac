import { bug } from '../bug.ts'

export const BUG_32 = bug('BUG-32', { file: 'two-ranges.yaml', found: { rule: 'SGT-12' } })
