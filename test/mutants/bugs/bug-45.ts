import { bug } from '../bug.ts'

export const BUG_45 = bug('BUG-45', { file: 'silent-function.yaml', found: { rule: 'ACS-15' } })
