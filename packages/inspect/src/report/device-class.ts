/** Short words for class codes, and which classes take part in peer traffic as a rule. */

/** Base class and subclass; `interesting` marks what people pair with each other. */
const CLASSES: ReadonlyMap<number, { readonly word: string; readonly interesting?: true }> = new Map([
  [0x0000, { word: 'unclassified' }],
  [0x0001, { word: 'VGA' }],
  // Test devices and FPGAs without a class of their own.
  [0x00ff, { word: 'unclassified', interesting: true }],
  [0x0100, { word: 'SCSI', interesting: true }],
  [0x0101, { word: 'IDE' }],
  [0x0102, { word: 'floppy' }],
  [0x0103, { word: 'IPI' }],
  [0x0104, { word: 'RAID', interesting: true }],
  [0x0105, { word: 'ATA' }],
  [0x0106, { word: 'SATA' }],
  [0x0107, { word: 'SAS', interesting: true }],
  [0x0108, { word: 'NVMe', interesting: true }],
  [0x0109, { word: 'UFS' }],
  [0x0180, { word: 'storage', interesting: true }],
  [0x0200, { word: 'Ethernet', interesting: true }],
  [0x0207, { word: 'InfiniBand', interesting: true }],
  [0x0208, { word: 'fabric', interesting: true }],
  [0x0280, { word: 'network', interesting: true }],
  [0x0300, { word: 'VGA', interesting: true }],
  [0x0301, { word: 'XGA', interesting: true }],
  [0x0302, { word: '3D', interesting: true }],
  [0x0380, { word: 'display', interesting: true }],
  [0x0400, { word: 'video' }],
  [0x0401, { word: 'audio' }],
  [0x0403, { word: 'audio' }],
  [0x0480, { word: 'multimedia' }],
  [0x0500, { word: 'RAM' }],
  [0x0502, { word: 'CXL memory' }],
  [0x0580, { word: 'memory' }],
  [0x0600, { word: 'host bridge' }],
  [0x0601, { word: 'ISA bridge' }],
  [0x0604, { word: 'PCI bridge' }],
  [0x0607, { word: 'CardBus bridge' }],
  [0x0609, { word: 'PCI bridge' }],
  [0x0680, { word: 'bridge' }],
  [0x0700, { word: 'serial port' }],
  [0x0780, { word: 'communication' }],
  [0x0806, { word: 'IOMMU' }],
  [0x0807, { word: 'event collector' }],
  [0x0880, { word: 'system' }],
  [0x0b40, { word: 'co-processor', interesting: true }],
  [0x0c03, { word: 'USB' }],
  [0x0c04, { word: 'Fibre Channel', interesting: true }],
  [0x0c05, { word: 'SMBus' }],
  // Where InfiniBand was before it moved to the network class.
  [0x0c06, { word: 'InfiniBand', interesting: true }],
  [0x1000, { word: 'crypto' }],
  [0x1080, { word: 'crypto' }],
  [0x1101, { word: 'performance counters' }],
  [0x1180, { word: 'signal processing' }],
  [0x1200, { word: 'accelerator', interesting: true }],
])

const BASES: ReadonlyMap<number, string> = new Map([
  [0x01, 'storage'],
  [0x02, 'network'],
  [0x03, 'display'],
  [0x04, 'multimedia'],
  [0x05, 'memory'],
  [0x06, 'bridge'],
  [0x07, 'communication'],
  [0x08, 'system'],
  [0x09, 'input'],
  [0x0a, 'docking station'],
  [0x0b, 'processor'],
  [0x0c, 'serial bus'],
  [0x0d, 'wireless'],
  [0x10, 'crypto'],
  [0x11, 'signal processing'],
  [0x12, 'accelerator'],
  [0x13, 'instrumentation'],
  [0xff, 'unassigned class'],
])

/** Classes of which every member counts. */
const INTERESTING_BASES: readonly number[] = [0x02, 0x03, 0x12]

/** A word or two for a class code of 24 bits: `NVMe`, `3D`; `class 0x42` for one that nobody has given out. */
export function className(classCode: number): string {
  const base = Math.floor(classCode / 0x1_0000)
  const known = CLASSES.get(Math.floor(classCode / 0x100))?.word ?? BASES.get(base)
  return known ?? `class 0x${base.toString(16).padStart(2, '0')}`
}

/** `0x010802` */
export const classText = (classCode: number): string => `0x${classCode.toString(16).padStart(6, '0')}`

/**
 * Storage (not the IDE, floppy and SATA of a chipset), network, InfiniBand, Fibre Channel, display, co-processors,
 * accelerators, and what has the class `00ff` for lack of another.
 */
export function isInteresting(classCode: number): boolean {
  const base = Math.floor(classCode / 0x1_0000)
  return INTERESTING_BASES.includes(base) || CLASSES.get(Math.floor(classCode / 0x100))?.interesting === true
}
