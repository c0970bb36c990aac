/** Names to ids: those that are known here, and the system's pci.ids for the rest. */
import { expect, test } from 'vitest'
import { classCodeOf } from '../src/ids/class-names.ts'
import { IdBook } from '../src/ids/id-book.ts'
import { parsePciIds } from '../src/ids/pci-ids-file.ts'

const SYSTEM = `# a comment
1a2b  Acme
\t0001  Anvil
\t\t1a2b 0001  a subsystem
\t0002  Rocket
\t0003  Rocket
1a2c  Acme Corporation
\t0007  Anvil
8086  Intel Corporation
\t1234  Something Else
C 00  Unclassified device
\t00  Acme Anvil
`

test('HB-4: what the list of host bridges asks for is known without any file', () => {
  const book = new IdBook(() => undefined)
  expect(book.find('Intel Corporation Xeon E7 v3/Xeon E5 v3/Core i7 DMI2')).toMatchObject({
    vendor: 0x8086,
    device: 0x2f00,
  })
  expect(book.find('Intel Corporation Sky Lake-E PCI Express Root Port A')).toMatchObject({
    vendor: 0x8086,
    device: 0x2030,
  })
  expect(book.find('Intel Corporation Device 09a2', 0x09a2)).toMatchObject({ vendor: 0x8086, device: 0x09a2 })
  expect(book.find('IBM: Unknown device 00e0', 0x00e0)).toMatchObject({ vendor: 0x1014, device: 0x00e0 })
})

test('a vendor that is known, and a device that is not; a name that nobody knows', () => {
  const book = new IdBook(() => undefined)
  expect(book.find('NVIDIA Corporation GP100GL [Tesla P100]')).toEqual({ vendor: 0x10de, device: undefined, alike: [] })
  expect(book.find('Nobody Ltd Thing')).toEqual({ vendor: undefined, device: undefined, alike: [] })
})

test('several ids with one name are all told', () => {
  expect(
    new IdBook(() => undefined).find(
      'Intel Corporation Xeon E7 v4/Xeon E5 v4/Xeon E3 v4/Xeon D PCI Express Root Port 1',
    ),
  ).toEqual({
    vendor: 0x8086,
    device: 0x6f02,
    alike: [0x6f03],
  })
})

test('the system file is asked for the rest, once, and the longest vendor wins', () => {
  let asked = 0
  const book = new IdBook(() => {
    asked++
    return parsePciIds(SYSTEM)
  })
  expect(book.find('Intel Corporation 440FX - 82441FX PMC [Natoma]')).toMatchObject({ device: 0x1237 })
  expect(asked).toBe(0)
  expect(book.find('Acme Anvil')).toEqual({ vendor: 0x1a2b, device: 0x0001, alike: [] })
  expect(book.find('Acme Rocket')).toEqual({ vendor: 0x1a2b, device: 0x0002, alike: [0x0003] })
  expect(book.find('Acme Corporation Anvil')).toEqual({ vendor: 0x1a2c, device: 0x0007, alike: [] })
  expect(book.find('Intel Corporation Something Else')).toMatchObject({ vendor: 0x8086, device: 0x1234 })
  expect(asked).toBe(1)
})

test('classes by the words of lspci, in any case', () => {
  expect(['Host bridge', 'PCI bridge', '3D controller', 'infiniband controller', 'Thing'].map(classCodeOf)).toEqual([
    0x0600,
    0x0604,
    0x0302,
    0x0207,
    undefined,
  ])
})
