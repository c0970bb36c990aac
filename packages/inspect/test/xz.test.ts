/** Archives packed with xz are held to the same rules as all others. */
import { Buffer } from 'node:buffer'
import { archiveInMemory, findCapture, readArchive, readSysfs } from '@barter/inspect'
import { describe, expect, test } from 'vitest'
import { codeOf } from './usage-errors.ts'

const packed = (base64: string): Buffer => Buffer.from(base64, 'base64')
const refusal = (bytes: Uint8Array): Promise<string> => codeOf(() => readArchive(archiveInMemory('capture', bytes)))

/** One host bridge below `capture/sys`. */
const GOOD = packed(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AL9dADGYSmgjzj2zPXmhxjyXwqXvYGF1wlPEEv0LZ7YEO2HzRILzNXtI33ZGJzWmc9QRAFfHXnGOd50AW4jJdRVLO0vJB8XLiGGi0eecQY9yp7ABITuKH0Xne7+lRsQZPa9db7z1b/ZX/tOtdBOTLCgxaK4J5XjSbFJnFFQmRKb8IsUA/ETyuVbT9ox+G5vubAYSewXgHjtfaJF21zzUrChUirYu1vQxWZ1t3zec/B7TJmTDiLN8CvMoGZuGuo8D3cgHAAC4FbTJpLPYyQAB2wGAUAAACokpB7HEZ/sCAAAAAARZWg==',
)
/** The same, and behind it `/etc/passwd`, a link to `../../etc`, a character device. */
const ABSOLUTE = packed(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/ANddADGYSmgjzj2zPXmhxjyXwqXvYGF1wlPEEv0LZ7YEO2HzRILzNXtI33ZGJzWmc9QRAFfHXnGOd50AW4jJdRVLO0vJB8XLiGGi0eecQY9yp7ABITuKH0Xne7+lRsQZPa9db7z1b/ZX/tOtdBOTLCgxaK4J5XjSbFJnFFQmRKb8IsUA/ETyuVbT9ox+G5vubAYSewXgHjtfaJF21zzUrChUirYu1u4TV/c1unxnfA1192BBiVanfM3H43Brpc53ZVACx0+0kQz3SLNyW+Sp54cRAGK5NjUQW0EAAAAp2NFIGv4IQQAB8wGAUAAAUQ7W7LHEZ/sCAAAAAARZWg==',
)
const LINK = packed(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/ANRdADGYSmgjzj2zPXmhxjyXwqXvYGF1wlPEEv0LZ7YEO2HzRILzNXtI33ZGJzWmc9QRAFfHXnGOd50AW4jJdRVLO0vJB8XLiGGi0eecQY9yp7ABITuKH0Xne7+lRsQZPa9db7z1b/ZX/tOtdBOTLCgxaK4J5XjSbFJnFFQmRKb8IsUA/ETyuVbT9ox+G5vubAYSewXgHjtfaJF21zzUrChUirYu1vK+b6iTyu+E7geuCSZbUL2VRi1TY6lWyZuVsLsJx4/g0a8mSCmhhaVvOTg4Ie7SiN8EAN1Vai4Td8IvAAHwAYBQAAD/fEJqscRn+wIAAAAABFla',
)
const NODE = packed(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/ANZdADGYSmgjzj2zPXmhxjyXwqXvYGF1wlPEEv0LZ7YEO2HzRILzNXtI33ZGJzWmc9QRAFfHXnGOd50AW4jJdRVLO0vJB8XLiGGi0eecQY9yp7ABITuKH0Xne7+lRsQZPa9db7z1b/ZX/tOtdBOTLCgxaK4J5XjSbFJnFFQmRKb8IsUA/ETyuVbT9ox+G5vubAYSewXgHjtfaJF21zzUrChUirYu1vK+bzp83Xs8VBn7ATvQPYK5LYcpij6bRMwdj1+BJT0sKiud6vyiZ8gBhhUFZ0egZC0gvAAAAADuBg/r+rHofAAB8gGAUAAA9N2KJ7HEZ/sCAAAAAARZWg==',
)
/** 1 MiB of zeros. */
const ZEROS = packed(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM7///ANldAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1Iq9+SVJQAAAAAAwva6PqJwa2AAAfUBgIBAAHmXf0exxGf7AgAAAAAEWVo=',
)

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = 255 - (copy[at] ?? 0)
  return copy
}

describe('xz', () => {
  test('is unpacked as a stream, of one part and of two', async () => {
    const tree = await readArchive(archiveInMemory('capture', GOOD))
    expect(readSysfs(tree, findCapture(tree)).functions.map(({ bdf, device }) => [bdf, device])).toEqual([
      ['0000:00:00.0', 0x2020],
    ])
    expect(await refusal(Buffer.concat([GOOD, GOOD]))).toBe('no error')
  })

  test('absolute names, links that lead out and device nodes are refused', async () => {
    expect(await Promise.all([ABSOLUTE, LINK, NODE].map(refusal))).toEqual([
      'CAPTURE_REFUSED',
      'CAPTURE_REFUSED',
      'CAPTURE_REFUSED',
    ])
  })

  test('a bomb is stopped long before its end', async () => {
    expect(await refusal(Buffer.concat(Array<Buffer>(64).fill(ZEROS)))).toBe('CAPTURE_TOO_BIG')
  })

  test('what is cut, damaged, followed by something else or no tar has a code', async () => {
    expect(await refusal(GOOD.subarray(0, 100))).toBe('CAPTURE_TRUNCATED')
    expect(await refusal(GOOD.subarray(0, GOOD.length - 4))).toBe('CAPTURE_TRUNCATED')
    expect(await refusal(flipped(GOOD, 120))).toBe('CAPTURE_BROKEN')
    expect(await refusal(Buffer.concat([GOOD, Buffer.from('something else')]))).toBe('CAPTURE_BROKEN')
    expect(await refusal(ZEROS)).toBe('CAPTURE_FORMAT')
  })
})
