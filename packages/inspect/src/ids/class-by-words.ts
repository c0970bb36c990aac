/** What kind of device a name speaks of, where a source has names and no classes. */

/** In this order; the first that fits counts. */
const WORDS: readonly (readonly [words: RegExp, classCode: number])[] = [
  [/\bAudio\b/i, 0x04_0300],
  [/\bUSB\b|\bxHCI\b|Thunderbolt/i, 0x0c_0300],
  [/\bNVMe?\b|\bNVM Express\b|Non-Volatile|\bSSD\b/i, 0x01_0802],
  [/\bSATA\b|\bAHCI\b/i, 0x01_0601],
  [/\bSMBus\b/i, 0x0c_0500],
  [/\bIOMMU\b/i, 0x08_0600],
  [/\b(LPC|ISA)\b/, 0x06_0100],
  [/Root Complex|Host Bridge|DRAM Controller|\bDMI[23]?\b|Data Fabric/i, 0x06_0000],
  [/\bRAID\b|MegaRAID/i, 0x01_0400],
  [/\bSAS\d*\b|Tri-Mode/i, 0x01_0700],
  [/\bSerial\b.*\bUART\b/i, 0x07_0000],
  [/Infiniband/i, 0x02_0700],
  [/Fibre Channel/i, 0x0c_0400],
  [/Ethernet|ConnectX|BlueField|NetXtreme|\bNetwork\b|\b(10|25|40|50|100|200|400)G(b|E|bE)?\b/i, 0x02_0000],
  [/\bNVSwitch\b/i, 0x06_8000],
  [
    /GeForce|Quadro|Tesla|\bRTX\b|\bRadeon\b|Instinct|\bVega\b|\bNavi\b|Aldebaran|Arcturus|^NVIDIA Corporation (G[A-Z]|AD)\d{3}/i,
    0x03_0000,
  ],
]

/** **Shape** `undefined`: the name says nothing. */
export function classByWords(name: string): number | undefined {
  return WORDS.find(([words]) => words.test(name))?.[1]
}
