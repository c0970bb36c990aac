/** What can be wrong with a capture: each code once, with the one function that builds it. Sorted by code. */
import { formatLength, UsageError } from '@barter/core'

/** The commands need several lines, and are in the README. */
const HOW_TO_PACK =
  'put sys/bus/pci/devices, sys/devices/pci*, sys/kernel/iommu_groups, proc/cpuinfo and proc/iomem in one tar archive, by relative names (see the README of @barter/inspect)'

const HOW_TO_COLLECT =
  'run `sudo lspci -vvvnn > lspci.txt` there and give that file; best is a copy of its /sys: `sudo barter capture -o machine.tar.gz`'

export const captureAmbiguous = (name: string, roots: readonly string[]): UsageError =>
  new UsageError('CAPTURE_AMBIGUOUS', `${name} holds more than one sysfs tree: ${roots.map(shown).join(', ')}`, {
    hint: 'name the folder of one machine, or pack one machine in an archive',
  })

export const captureBroken = (name: string, what: string, cause?: unknown): UsageError =>
  new UsageError('CAPTURE_BROKEN', `${name} is damaged: ${what}`, {
    hint: 'copy or pack the capture again, and compare checksums on both sides',
    cause,
  })

export const captureCheck = (name: string, difference: string): UsageError =>
  new UsageError('CAPTURE_CHECK', `the archive of ${name} would not give the same answers: ${difference}`, {
    hint: 'nothing was written; pack the folders by hand as the README of @barter/inspect says, and report this',
  })

export const captureEmpty = (name: string): UsageError =>
  new UsageError('CAPTURE_EMPTY', `${name} is an empty file`, { hint: HOW_TO_COLLECT })

export const captureFormat = (name: string, what: string): UsageError =>
  new UsageError('CAPTURE_FORMAT', `${name} is ${what}`, {
    hint: HOW_TO_COLLECT,
  })

export const captureMissing = (name: string): UsageError =>
  new UsageError('CAPTURE_MISSING', `${name} is missing: no file or folder has that name, or its link leads nowhere`, {
    hint: 'check the path; without one, the machine this runs on is read',
  })

export const captureNoDevices = (name: string, why: string): UsageError =>
  new UsageError('CAPTURE_NO_DEVICES', `${name} has no PCI devices: ${why}`, {
    hint: `take it on a machine that has some, outside a container; ${HOW_TO_PACK}`,
  })

export const captureNoSysfs = (name: string): UsageError =>
  new UsageError('CAPTURE_NO_SYSFS', `${name} holds no sysfs tree with PCI devices`, {
    hint: `it needs bus/pci/devices or devices/pci*, at any depth; ${HOW_TO_PACK}`,
  })

export const captureRefused = (name: string, entry: string, why: string): UsageError =>
  new UsageError('CAPTURE_REFUSED', `${name} has the entry ${shown(entry)}, which ${why}`, { hint: HOW_TO_PACK })

export const captureTooBig = (name: string, what: string, limit: number, unit: 'bytes' | 'count'): UsageError =>
  new UsageError(
    'CAPTURE_TOO_BIG',
    `${name} goes beyond a limit: ${what} (limit ${unit === 'bytes' ? formatLength(limit) : String(limit)})`,
    { hint: `pack no more than is needed: ${HOW_TO_PACK}` },
  )

export const plainLspci = (name: string, functions: number): UsageError =>
  new UsageError(
    'CAPTURE_TOO_LITTLE',
    `${name} is the output of plain lspci: it names ${functions} functions, but neither the buses below the bridges nor their ACS`,
    { hint: HOW_TO_COLLECT },
  )

export const onlyAcsLines = (name: string, count: number): UsageError =>
  new UsageError(
    'CAPTURE_TOO_LITTLE',
    `${name} has ${count} ACSCtl lines and nothing else: they do not say of which functions`,
    { hint: `give the tree beside it (lspci -tv); or ${HOW_TO_COLLECT}` },
  )

export const noMachine = (name: string, what: string): UsageError =>
  new UsageError('CAPTURE_TOO_LITTLE', `${name} has ${what}, and no PCI functions`, {
    hint: `give it beside another file of the same machine; or ${HOW_TO_COLLECT}`,
  })

export const captureTruncated = (name: string, what: string, cause?: unknown): UsageError =>
  new UsageError('CAPTURE_TRUNCATED', `${name} is cut short: ${what}`, {
    hint: 'copy the file again, and see that the program that packed it had ended',
    cause,
  })

export const captureUnreadable = (name: string, cause: unknown): UsageError =>
  new UsageError('CAPTURE_UNREADABLE', `${name} cannot be read: ${reasonOf(cause)}`, {
    hint: 'check its permissions',
    cause,
  })

export const cpuName = (text: string): UsageError =>
  new UsageError('CPU_NAME', `${shown(text)} is not a CPU that can be named here`, {
    hint: 'write amd:0x17 (the family, in hex), intel, or other',
  })

export const deviceChoice = (word: string, why: string, classes: readonly string[]): UsageError =>
  new UsageError('DEVICE_CHOICE', `${shown(word)} ${why}`, {
    hint: `give a class (${classes.join(', ')}, or 0x0108), a place (03:00.0, 03:00, 03:) or ids (10de:20b0, 10de:*); without a choice, or with --all, you see what there is`,
  })

export const functionName = (text: string): UsageError =>
  new UsageError('FUNCTION_NAME', `${shown(text)} is not the name of a PCI function`, {
    hint: 'write it as sysfs does: 0000:03:00.0, or 03:00.0 in domain 0',
  })

export const machineNotLinux = (platform: string): UsageError =>
  new UsageError('MACHINE_NOT_LINUX', `the running machine can be read on Linux only, and this is ${platform}`, {
    hint: 'give a capture taken on a Linux machine',
  })

export const pairsTooMany = (count: number, limit: number): UsageError =>
  new UsageError('PAIRS_TOO_MANY', `there are ${count} pairs to report, and the limit is ${limit}`, {
    hint: 'name the provider and the client',
  })

export const requirementInvalid = (text: string, wanted: readonly string[]): UsageError =>
  new UsageError('REQUIREMENT_INVALID', `${shown(text)} says nothing that can be required`, {
    hint: `write A,B=${wanted.join('|')}, where A and B are functions (03:00.0), ids (10de:*) or classes (gpu, nic, nvme)`,
  })

export const wantedBridge = (bdf: string): UsageError =>
  new UsageError('WANTED_BRIDGE', `${bdf} is a bridge: it has no memory to lend, and borrows none`, {
    hint: 'name the devices below it; barter inspect --tree shows them',
  })

export const wantedFew = (names: readonly string[]): UsageError =>
  new UsageError('WANTED_FEW', `${names.length === 0 ? 'nothing' : names.map(shown).join(', ')} is not two devices`, {
    hint: 'name two or more functions, as in 03:00.0,04:00.0',
  })

export const whatIf = (change: string, why: string): UsageError =>
  new UsageError('WHAT_IF', `the change ${shown(change)} ${why}`, {
    hint: change.endsWith('-')
      ? "put it in quotes, as in 'move:03:00.0->02:01.0': the shell took > for a redirection, and has made a file"
      : 'write acs:02:00.0=-RR,-CR (bits SV, TB, RR, CR, UF, EC, DT; also off, or a word as 0x1d), or move:03:00.0->02:01.0',
  })

/** Text from outside, cut and without control characters, as it may go to a terminal. */
function shown(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 117)}...` : text
  return JSON.stringify(cut)
}

/** The system's own word for an error, as in `EACCES`. */
function reasonOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.message : 'unknown reason'
}
