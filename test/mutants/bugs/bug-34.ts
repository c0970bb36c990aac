import { bug } from '../bug.ts'

export const BUG_34 = bug('BUG-34', { file: 'vmd-namesake.yaml', found: { rule: 'P2P-29' } })
