/** Declares `barter inspect`. */
import { Option } from 'commander'
import type { InspectOptions } from '../commands/inspect/inspect-options.ts'
import type { DeclareCommand } from './declare-command.ts'

/** As the help lists them; what each gives is loaded when it is asked for. */
const FORMAT_NAMES = ['text', 'json', 'markdown', 'csv', 'svg', 'mermaid', 'nccl-xml', 'junit', 'sarif']

export const declareInspect: DeclareCommand = (program, terminal, finish) => {
  program
    .command('inspect')
    .summary('show who can reach whom in a machine, and why')
    .description('Show which PCI devices of a machine can reach each other, over which way, and which port decides.')
    .argument(
      '[paths...]',
      'lspci -vvv, a copy of /sys, or other captures of one machine; - for stdin; this one unless given',
    )
    .option('--cpu <cpu>', 'amd:0x17 (the family), intel or other, if the capture does not tell')
    .option('--pair <a,b>', 'one pair: the way port by port, and who decides')
    .option('--want <a,b,...>', 'what to change so that these reach each other directly, at what price')
    .option('--kernel <release>', 'with --want: the kernel that the advice is for')
    .option('--what-if <change>', 'ask again after acs:PORT=-RR,-CR or move:DEV->PORT; may come several times', collect)
    .option('--tree', 'the PCI tree with the ACS state of every port')
    .option('--all', 'every device, not only those that people pair')
    .option('--class <words>', 'only these: gpu, nic, nvme, storage, accelerator, usb, or a code as 0x0108', collect)
    .option('--device <names>', 'only these: 03:00.0, 03:00, 03:, or ids as 10de:20b0', collect)
    .option('--labels', 'the words of nvidia-smi and NCCL (PIX, PXB, PHB, NODE, SYS) beside ours')
    .option('--require <a,b=answer>', 'fail unless: bus-addr, host-bridge, any, none; may be repeated', collect)
    .addOption(new Option('--format <format>', 'for other programs and pictures').choices(FORMAT_NAMES))
    .option('-o, --output <file>', 'write to a file, whole or not at all')
    .option('--fleet', 'each path is a machine of its own, as with a folder of captures: a row each')
    .option('--jobs <number>', 'threads that read a fleet; one a processor unless given')
    .option('--json', 'the same as --format json (barter.inspect/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (paths: readonly string[], options: InspectOptions) => {
      const { inspectCommand } = await import('../commands/inspect.ts')
      finish(await inspectCommand(paths, options, terminal))
    })
}

/** An option that may come several times. */
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
