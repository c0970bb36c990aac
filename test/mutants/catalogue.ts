/** Every bug of section 9 of the rules, in order. A new one is a file in `bugs/` and a line here. */
import type { Bug } from './bug.ts'
import { BUG_1 } from './bugs/bug-1.ts'
import { BUG_2 } from './bugs/bug-2.ts'
import { BUG_3 } from './bugs/bug-3.ts'
import { BUG_4 } from './bugs/bug-4.ts'
import { BUG_5 } from './bugs/bug-5.ts'
import { BUG_6 } from './bugs/bug-6.ts'
import { BUG_7 } from './bugs/bug-7.ts'
import { BUG_8 } from './bugs/bug-8.ts'
import { BUG_9 } from './bugs/bug-9.ts'
import { BUG_10 } from './bugs/bug-10.ts'
import { BUG_11 } from './bugs/bug-11.ts'
import { BUG_12 } from './bugs/bug-12.ts'
import { BUG_13 } from './bugs/bug-13.ts'
import { BUG_14 } from './bugs/bug-14.ts'
import { BUG_15 } from './bugs/bug-15.ts'
import { BUG_16 } from './bugs/bug-16.ts'
import { BUG_17 } from './bugs/bug-17.ts'
import { BUG_30 } from './bugs/bug-30.ts'
import { BUG_31 } from './bugs/bug-31.ts'
import { BUG_32 } from './bugs/bug-32.ts'
import { BUG_33 } from './bugs/bug-33.ts'
import { BUG_34 } from './bugs/bug-34.ts'
import { BUG_35 } from './bugs/bug-35.ts'
import { BUG_36 } from './bugs/bug-36.ts'
import { BUG_37 } from './bugs/bug-37.ts'
import { BUG_38 } from './bugs/bug-38.ts'
import { BUG_39 } from './bugs/bug-39.ts'
import { BUG_40 } from './bugs/bug-40.ts'
import { BUG_41 } from './bugs/bug-41.ts'
import { BUG_42 } from './bugs/bug-42.ts'
import { BUG_43 } from './bugs/bug-43.ts'
import { BUG_44 } from './bugs/bug-44.ts'
import { BUG_45 } from './bugs/bug-45.ts'
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
import { BUG_65 } from './bugs/bug-65.ts'
import { BUG_66 } from './bugs/bug-66.ts'
import { BUG_67 } from './bugs/bug-67.ts'
import { BUG_68 } from './bugs/bug-68.ts'
import { BUG_69 } from './bugs/bug-69.ts'
import { BUG_70 } from './bugs/bug-70.ts'
import { BUG_71 } from './bugs/bug-71.ts'
import { BUG_72 } from './bugs/bug-72.ts'
import { BUG_73 } from './bugs/bug-73.ts'
import { BUG_74 } from './bugs/bug-74.ts'
import { BUG_75 } from './bugs/bug-75.ts'
import { BUG_76 } from './bugs/bug-76.ts'
import { BUG_77 } from './bugs/bug-77.ts'
import { BUG_78 } from './bugs/bug-78.ts'
import { BUG_79 } from './bugs/bug-79.ts'
import { BUG_80 } from './bugs/bug-80.ts'
import { BUG_81 } from './bugs/bug-81.ts'
import { BUG_82 } from './bugs/bug-82.ts'
import { BUG_83 } from './bugs/bug-83.ts'
import { BUG_84 } from './bugs/bug-84.ts'
import { BUG_85 } from './bugs/bug-85.ts'

export const CATALOGUE: readonly Bug[] = [
  BUG_1,
  BUG_2,
  BUG_3,
  BUG_4,
  BUG_5,
  BUG_6,
  BUG_7,
  BUG_8,
  BUG_9,
  BUG_10,
  BUG_11,
  BUG_12,
  BUG_13,
  BUG_14,
  BUG_15,
  BUG_16,
  BUG_17,
  BUG_30,
  BUG_31,
  BUG_32,
  BUG_33,
  BUG_34,
  BUG_35,
  BUG_36,
  BUG_37,
  BUG_38,
  BUG_39,
  BUG_40,
  BUG_41,
  BUG_42,
  BUG_43,
  BUG_44,
  BUG_45,
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
  BUG_65,
  BUG_66,
  BUG_67,
  BUG_68,
  BUG_69,
  BUG_70,
  BUG_71,
  BUG_72,
  BUG_73,
  BUG_74,
  BUG_75,
  BUG_76,
  BUG_77,
  BUG_78,
  BUG_79,
  BUG_80,
  BUG_81,
  BUG_82,
  BUG_83,
  BUG_84,
  BUG_85,
]
