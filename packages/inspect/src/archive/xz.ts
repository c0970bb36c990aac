/** xz, unpacked as a stream by xz-embedded in WebAssembly, whose memory is its own and bounded. */
import { Readable } from 'node:stream'
// CommonJS, of which Node sees no names from here; a bundler or a test runner would.
import xz from 'xz-decompress'

const { XzReadableStream } = xz

/**
 * **Errors** in the reading: `Xz get_next_output failed with error code n`, explained by `xzTrouble`. Several streams one
 * after the other are read as one; CRC32 and CRC64 are compared.
 */
export function unpackXz(packed: Readable): Readable {
  const web = Readable.toWeb(packed) as unknown as ConstructorParameters<typeof xz.XzReadableStream>[0]
  return Readable.fromWeb(new XzReadableStream(web))
}

/** Return codes of xz-embedded. */
const MEMORY_LIMIT = 4
const FORMAT = 5
const OPTIONS = 6
const TRUNCATED = 8

export type XzTrouble = { readonly cut: boolean; readonly what: string }

/** What an error of the library says of the bytes. **Shape** `undefined`: it is no error of it. */
export function xzTrouble(message: string): XzTrouble | undefined {
  const code = /get_next_output failed with error code (\d+)/.exec(message)?.[1]
  if (code === undefined) return undefined
  switch (Number(code)) {
    case MEMORY_LIMIT:
      return { cut: false, what: 'its xz data asks for more memory than 64 MiB: pack it with xz -6' }
    case FORMAT:
      return { cut: false, what: 'the xz data is followed by something else' }
    case OPTIONS:
      return { cut: false, what: 'its xz data uses options that are not read here: pack it with xz --check=crc64' }
    case TRUNCATED:
      return { cut: true, what: 'the xz data does not end' }
    default:
      return { cut: false, what: 'the xz data is not what its checksums say' }
  }
}
