/** The part of seek-bzip 2 that we call; the package has no types of its own. */
declare module 'seek-bzip' {
  /** Bytes in or out; a source overrides `readByte`, `read` and `eof`, a sink `writeByte`. */
  class Stream {
    readByte(): number
    read(buffer: Uint8Array, offset: number, length: number): number
    writeByte(byte: number): void
    flush(): void
  }
  const Bunzip: {
    readonly Stream: typeof Stream
    decode(input: Stream, output: Stream, multistream?: boolean): unknown
  }
  export default Bunzip
}
