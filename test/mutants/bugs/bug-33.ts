import { bug } from '../bug.ts'

export const BUG_33 = bug('BUG-33', { file: 'failed-command-write.yaml', found: { rule: 'TRG-3' } })
