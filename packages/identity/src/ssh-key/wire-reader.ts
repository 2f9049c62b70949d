/** Reads the parts of a public key as they are written on the wire. @see RFC 4251 §5 */
export interface WireReader {
  /** The next string; undefined when there is none, or less of it than it says. */
  readonly string: () => Uint8Array | undefined
  /** Whether all was read. */
  readonly atEnd: () => boolean
}

export function createWireReader(bytes: Uint8Array): WireReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  return {
    string() {
      if (at + 4 > bytes.length) return undefined
      const start = at + 4
      const end = start + view.getUint32(at)
      if (end > bytes.length) return undefined
      at = end
      return bytes.subarray(start, end)
    },
    atEnd: () => at === bytes.length,
  }
}

/**
 * The bits of a positive whole number as `mpint` writes it.
 *
 * @returns Undefined for zero, negative numbers, and more zeros in front than the form asks for.
 */
export function mpintBits(bytes: Uint8Array | undefined): number | undefined {
  const first = bytes?.[0]
  if (bytes === undefined || first === undefined || first >= 0x80) return undefined
  if (first > 0) return (bytes.length - 1) * 8 + (32 - Math.clz32(first))
  const second = bytes[1]
  return second !== undefined && second >= 0x80 ? (bytes.length - 1) * 8 : undefined
}
