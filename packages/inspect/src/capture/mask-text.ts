/** Names, addresses and numbers of one machine, in the texts of procfs and beside it. */

export interface MaskedText {
  readonly text: string
  readonly hostNames: number
  readonly macAddresses: number
  readonly serialNumbers: number
}

const MASK = 'masked'
const MAC = /\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b/gi
/** Who built the kernel, and where: `(root@build7)`. */
const BUILDER = /\(?\b[\w.+-]+@[\w.-]+\)?/g
/** `Linux NAME 6.1.0 ...` as `uname -a` writes it; /proc/version has `version` in that place. */
const UNAME = /^(Linux )(?!version )(\S+)(?= \d)/
const HWLOC_HOST = /^(HostName: *)(\S.*)$/gm
/** Boards with Arm and z Systems tell their own number in cpuinfo. */
const CPU_SERIAL = /^(Serial\s*: *)(\S.*)$/gim
const CPU_IDENTIFICATION = /(identification = )([0-9A-F]+)/gi

/** Shorter host names, and these, are words that mean something else too. */
const SHORTEST_HOST = 4
const COMMON: readonly string[] = ['linux', 'localhost', 'version', 'debian', 'ubuntu', 'generic', 'none', '(none)']

/** **Shape** `hosts`: names of the machine, as far as they are known. */
export function maskText(text: string, hosts: readonly string[]): MaskedText {
  let hostNames = 0
  let macAddresses = 0
  let serialNumbers = 0
  const host = (_all: string, head: string, name: string): string => {
    if (name !== MASK) hostNames++
    return `${head}${MASK}`
  }
  const serial = (_all: string, head: string, number: string): string => {
    if (/[1-9a-f]/i.test(number)) serialNumbers++
    return `${head}${number.replace(/[0-9a-f]/gi, '0')}`
  }
  let masked = text
    .replace(UNAME, host)
    .replace(HWLOC_HOST, host)
    .replace(BUILDER, (all) => {
      if (all.includes(`${MASK}@`)) return all
      hostNames++
      return all.startsWith('(') ? `(${MASK}@${MASK})` : `${MASK}@${MASK}`
    })
    .replace(CPU_SERIAL, serial)
    .replace(CPU_IDENTIFICATION, serial)
    .replace(MAC, (all) => {
      if (/^[0:-]+$/.test(all)) return all
      macAddresses++
      return '00:00:00:00:00:00'
    })
  for (const name of hosts.filter(isDistinct)) {
    const pieces = masked.split(new RegExp(`(?<![\\w-])${name.replace(/[^\w-]/g, '\\$&')}(?![\\w-])`, 'i'))
    hostNames += pieces.length - 1
    masked = pieces.join(MASK)
  }
  return { text: masked, hostNames, macAddresses, serialNumbers }
}

const isDistinct = (name: string): boolean => name.length >= SHORTEST_HOST && !COMMON.includes(name.toLowerCase())
