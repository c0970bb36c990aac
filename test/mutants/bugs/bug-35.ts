import { bug } from '../bug.ts'

export const BUG_35 = bug(
  'BUG-35',
  { file: 'low-power.yaml', found: { rule: 'TRG-20' } },
  { file: 'low-power-wake-up.yaml', found: { rule: 'TRG-13' } },
)
