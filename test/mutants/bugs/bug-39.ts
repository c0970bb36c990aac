import { bug } from '../bug.ts'

export const BUG_39 = bug('BUG-39', { file: 'stale-map-type.yaml', found: { invariant: 'INV-18' } })
