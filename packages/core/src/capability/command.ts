/** The command register: what a function answers to and whether it may send. */
import {
  type ConfigSpace,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
} from '../config-space.ts'

export interface Command {
  readonly io: boolean
  /** It decodes its memory BARs; a bridge: also forwards downstream what its windows hold. */
  readonly memory: boolean
  /** It may send requests; a bridge: also forwards those of the devices below. */
  readonly master: boolean
}

/** `undefined` when the known bytes do not reach it. */
export function readCommand(config: ConfigSpace): Command | undefined {
  const word = config.read16(PCI_COMMAND)
  if (word === undefined) return undefined
  return {
    io: (word & PCI_COMMAND_IO) !== 0,
    memory: (word & PCI_COMMAND_MEMORY) !== 0,
    master: (word & PCI_COMMAND_MASTER) !== 0,
  }
}

export function writeCommand(config: ConfigSpace, command: Command): void {
  const word =
    (command.io ? PCI_COMMAND_IO : 0) |
    (command.memory ? PCI_COMMAND_MEMORY : 0) |
    (command.master ? PCI_COMMAND_MASTER : 0)
  config.write(PCI_COMMAND, 2, word)
}
