import { gzipSync } from 'node:zlib'
import { UsageError } from '@barter/core'
import {
  ARCHIVE_LIMITS,
  type ArchiveLimits,
  archiveInMemory,
  findCapture,
  readArchive,
  readSysfs,
} from '@barter/inspect'
import { describe, expect, test } from 'vitest'
import { asTar, type Entries, twoBelowOneSwitch } from './sample-tree.ts'
import { codeOf } from './usage-errors.ts'

const read = (bytes: Uint8Array, limits: Partial<ArchiveLimits> = {}) =>
  readArchive(archiveInMemory('capture', bytes), { ...ARCHIVE_LIMITS, ...limits })
const refusal = (bytes: Uint8Array, limits?: Partial<ArchiveLimits>) => codeOf(() => read(bytes, limits))

/** The tar archive of `sys/kernel/osrelease` with `7.3.4` in it, and of nothing. */
const BZIP2 = Buffer.from(
  'QlpoOTFBWSZTWZn3fqgAAHp9gMmQAARAAe2AAARiDZ4gCAggAFQ0mkbUaGg2oHqbUEkkNqAMgAH2lxBCB6UIRjyzkra4oEMFUCc+uJOKLCCmQNazEJ58I6GPlpRqt5IRNkueNntJ4UIiA/F3JFOFCQmfd+qA',
  'base64',
)

describe('formats are told by content', () => {
  test('a plain tar archive and a gzip one give the same tree', async () => {
    const tar = await asTar(twoBelowOneSwitch('capture/sys/'))
    const trees = await Promise.all([read(tar), read(gzipSync(tar))])
    const machines = trees.map((tree) => readSysfs(tree, findCapture(tree)).functions.map((fn) => fn.bdf))
    expect(machines[0]).toEqual([
      '0000:00:00.0',
      '0000:00:01.0',
      '0000:01:00.0',
      '0000:02:00.0',
      '0000:02:01.0',
      '0000:03:00.0',
      '0000:04:00.0',
    ])
    expect(machines[1]).toEqual(machines[0])
  })

  test('bzip2, of one stream and of two', async () => {
    const tree = await read(BZIP2)
    expect(new TextDecoder().decode(tree.read('sys/kernel/osrelease', 64))).toBe('7.3.4\n')
    expect(await refusal(Buffer.concat([BZIP2, BZIP2]))).toBe('no error')
  })

  test('what is no archive is refused', async () => {
    expect(await refusal(new Uint8Array(0))).toBe('CAPTURE_EMPTY')
    const texts = ['00:00.0 Host bridge: Intel', 'PK\x03\x04', '\x28\xb5\x2f\xfd', 'BZh0', '\x1f']
    const codes = await Promise.all(texts.map((text) => refusal(Buffer.from(text, 'latin1'))))
    expect(codes).toEqual(texts.map(() => 'CAPTURE_FORMAT'))
  })

  test('a packed file that is no tar archive is refused', async () => {
    const texts = ['', 'x', 'lspci '.repeat(1000)]
    const codes = await Promise.all(texts.map((text) => refusal(gzipSync(text))))
    expect(codes).toEqual(texts.map(() => 'CAPTURE_FORMAT'))
  })
})

describe('damage', () => {
  test('what comes before or after is refused', async () => {
    const tar = await asTar(twoBelowOneSwitch())
    const garbage = Buffer.from('garbage'.repeat(200))
    expect(await refusal(Buffer.concat([garbage, tar]))).toBe('CAPTURE_FORMAT')
    expect(await refusal(Buffer.concat([tar, garbage]))).toBe('CAPTURE_BROKEN')
    expect(await refusal(Buffer.concat([gzipSync(tar), garbage]))).toBe('CAPTURE_BROKEN')
    expect(await refusal(Buffer.concat([BZIP2, garbage]))).toBe('CAPTURE_BROKEN')
    expect(await refusal(Buffer.concat([BZIP2, Buffer.from('x')]))).toBe('CAPTURE_BROKEN')
  })

  test('what is cut short is refused, wherever the cut', async () => {
    const tar = await asTar(twoBelowOneSwitch())
    const cut = (bytes: Buffer): Buffer[] =>
      [0.3, 0.5, 0.9].map((part) => bytes.subarray(0, Math.floor(part * bytes.length)))
    const pieces = [
      ...cut(tar),
      ...cut(gzipSync(tar)),
      ...cut(BZIP2),
      tar.subarray(0, 512 * 2),
      tar.subarray(0, tar.length - 1024),
    ]
    expect(await Promise.all(pieces.map((piece) => refusal(piece)))).toEqual(pieces.map(() => 'CAPTURE_TRUNCATED'))
  })

  test('a flipped bit in bzip2 is found by its checksum', async () => {
    const flipped = Buffer.from(BZIP2)
    flipped.writeUInt8(flipped.readUInt8(60) ^ 4, 60)
    expect(await refusal(flipped)).toBe('CAPTURE_BROKEN')
  })
})

describe('hostile entries', () => {
  const hostile = {
    'an absolute name': [{ name: '/sys/devices/x' }],
    'a name with ..': [{ name: 'sys/../../etc/passwd' }],
    'a link to an absolute name': [{ name: 'sys/x', type: 'symlink', linkname: '/etc/passwd' }],
    'a link out of the archive': [{ name: 'sys/x', type: 'symlink', linkname: '../../etc/passwd' }],
    'a hard link out of the archive': [{ name: 'sys/x', type: 'link', linkname: '../etc/passwd' }],
    'a block device': [{ name: 'dev/sda', type: 'block-device' }],
    'a character device': [{ name: 'dev/mem', type: 'character-device' }],
    'a pipe': [{ name: 'sys/pipe', type: 'fifo' }],
  } as const

  for (const [what, headers] of Object.entries(hostile)) {
    test(`${what} is refused`, async () => {
      expect(await refusal(await asTar({ 'sys/a': 'b' }, headers))).toBe('CAPTURE_REFUSED')
    })
  }

  test('the message names the entry without control characters', async () => {
    const bytes = await asTar({}, [{ name: '/\u001b[31mred' }])
    const error = await read(bytes).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toBe('UsageError: capture has the entry "/\\u001b[31mred", which has an absolute name')
  })

  test('links inside the archive are kept as text', async () => {
    const tree = await read(
      await asTar({ 'a/sys/bus/pci/devices/0000:00:00.0': { link: '../../../devices/pci0000:00/0000:00:00.0' } }),
    )
    expect(tree.link('a/sys/bus/pci/devices/0000:00:00.0')).toBe('../../../devices/pci0000:00/0000:00:00.0')
  })
})

describe('limits', () => {
  const devices = (count: number): Entries =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `sys/devices/pci0000:00/0000:00:${i.toString(16).padStart(2, '0')}.0/vendor`,
        '0x8086',
      ]),
    )

  test('each one stops the archive that goes beyond it', async () => {
    const tar = await asTar(devices(20))
    const zeros = gzipSync(await asTar({ big: new Uint8Array(4_000_000) }))
    expect(await refusal(tar)).toBe('no error')
    expect(await refusal(zeros)).toBe('no error')
    const beyond: [Uint8Array, Partial<ArchiveLimits>][] = [
      [tar, { packed: tar.length - 1 }],
      [tar, { unpacked: tar.length - 1 }],
      [BZIP2, { packedBzip2: BZIP2.length - 1 }],
      [BZIP2, { unpackedBzip2: 1024 }],
      [zeros, { anyRatio: 1_000_000 }],
      [tar, { entries: 19 }],
      [tar, { nameLength: 20 }],
      [tar, { nameDepth: 4 }],
      [tar, { keptBytes: 100 }],
      [tar, { keptEntries: 20 }],
    ]
    const codes = await Promise.all(beyond.map(([bytes, limits]) => refusal(bytes, limits)))
    expect(codes).toEqual(beyond.map(() => 'CAPTURE_TOO_BIG'))
  })

  test('what is not needed is not kept', async () => {
    const tree = await read(
      await asTar({
        'sys/devices/pci0000:00/0000:00:01.0/config': new Uint8Array(100_000),
        'sys/devices/pci0000:00/0000:00:01.0/resource0': new Uint8Array(100_000),
        'sys/bus/pci/drivers/nvme/0000:00:01.0': { link: '../../../../devices/pci0000:00/0000:00:01.0' },
        'etc/hosts': 'localhost',
      }),
    )
    expect(tree.list('')).toEqual(['sys'])
    expect(tree.list('sys/devices/pci0000:00/0000:00:01.0')).toEqual(['config'])
    expect(tree.read('sys/devices/pci0000:00/0000:00:01.0/config', 1_000_000)?.length).toBe(4096)
    expect(tree.kind('sys/bus')).toBe(undefined)
  })
})
