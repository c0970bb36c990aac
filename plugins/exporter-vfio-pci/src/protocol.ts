/** The words that the lists of this driver are written in. */
export {
  instantStep as instant,
  type ProtocolStep as Step,
  type ProtocolSteps as Steps,
  protocolStep as step,
  runSteps,
} from '@barter/core'
