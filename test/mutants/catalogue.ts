/** Every bug of section 9 of the rules, in order. A new one is a file in `bugs/` and a line here. */
import type { Bug } from './bug.ts'
import { BUG_1 } from './bugs/bug-1.ts'
import { BUG_2 } from './bugs/bug-2.ts'
import { BUG_3 } from './bugs/bug-3.ts'
import { BUG_4 } from './bugs/bug-4.ts'
import { BUG_5 } from './bugs/bug-5.ts'
import { BUG_7 } from './bugs/bug-7.ts'
import { BUG_12 } from './bugs/bug-12.ts'
import { BUG_15 } from './bugs/bug-15.ts'
import { BUG_16 } from './bugs/bug-16.ts'
import { BUG_50 } from './bugs/bug-50.ts'
import { BUG_51 } from './bugs/bug-51.ts'
import { BUG_52 } from './bugs/bug-52.ts'
import { BUG_53 } from './bugs/bug-53.ts'
import { BUG_54 } from './bugs/bug-54.ts'
import { BUG_55 } from './bugs/bug-55.ts'
import { BUG_56 } from './bugs/bug-56.ts'
import { BUG_57 } from './bugs/bug-57.ts'
import { BUG_58 } from './bugs/bug-58.ts'
import { BUG_59 } from './bugs/bug-59.ts'
import { BUG_60 } from './bugs/bug-60.ts'
import { BUG_61 } from './bugs/bug-61.ts'
import { BUG_62 } from './bugs/bug-62.ts'
import { BUG_63 } from './bugs/bug-63.ts'
import { BUG_64 } from './bugs/bug-64.ts'

export const CATALOGUE: readonly Bug[] = [
  BUG_1,
  BUG_2,
  BUG_3,
  BUG_4,
  BUG_5,
  BUG_7,
  BUG_12,
  BUG_15,
  BUG_16,
  BUG_50,
  BUG_51,
  BUG_52,
  BUG_53,
  BUG_54,
  BUG_55,
  BUG_56,
  BUG_57,
  BUG_58,
  BUG_59,
  BUG_60,
  BUG_61,
  BUG_62,
  BUG_63,
  BUG_64,
]
