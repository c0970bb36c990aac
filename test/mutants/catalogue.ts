/** Every bug of section 9 of the rules, in order. A new one is a file in `bugs/` and a line here. */
import type { Bug } from './bug.ts'
import { BUG_50 } from './bugs/bug-50.ts'
import { BUG_51 } from './bugs/bug-51.ts'
import { BUG_52 } from './bugs/bug-52.ts'
import { BUG_53 } from './bugs/bug-53.ts'
import { BUG_54 } from './bugs/bug-54.ts'
import { BUG_55 } from './bugs/bug-55.ts'

export const CATALOGUE: readonly Bug[] = [BUG_50, BUG_51, BUG_52, BUG_53, BUG_54, BUG_55]
