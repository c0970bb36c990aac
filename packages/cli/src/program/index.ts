/** The commands, in the order of the help. */
import { declareCapture } from './capture.ts'
import { declareCompletion } from './completion.ts'
import { declareDemo } from './demo.ts'
import { declareDiff } from './diff.ts'
import { declareExplain } from './explain.ts'
import { declareExplore } from './explore.ts'
import { declareInspect } from './inspect.ts'
import { declareNew } from './new.ts'
import { declareParity } from './parity.ts'
import { declareReplay } from './replay.ts'
import { declareRun } from './run.ts'
import type { DeclareCommand } from './declare-command.ts'

export const COMMANDS: readonly DeclareCommand[] = [
  declareRun,
  declareExplore,
  declareReplay,
  declareInspect,
  declareCapture,
  declareDiff,
  declareDemo,
  declareParity,
  declareNew,
  declareExplain,
  declareCompletion,
]
