import { bug } from '../bug.ts'

export const BUG_42 = bug('BUG-42', { file: 'nvgrace-region.yaml', found: { rule: 'VFIO-61' } })
