import { bug } from '../bug.ts'

export const BUG_40 = bug('BUG-40', { file: 'failed-reset.yaml', found: { rule: 'TRG-19' } })
