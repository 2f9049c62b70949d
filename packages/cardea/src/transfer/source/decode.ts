/** @returns Undefined for bytes that are not UTF-8. A byte order mark stays: only the first of a file is one. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const mark = [0xef, 0xbb, 0xbf] as const

/** The same bytes without the byte order mark that editors put before a file. */
export async function* withoutMark(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0)
  for await (const chunk of source) {
    if (head === undefined) {
      yield chunk
      continue
    }
    const joined: Uint8Array = new Uint8Array(head.length + chunk.length)
    joined.set(head)
    joined.set(chunk, head.length)
    if (joined.length < mark.length) {
      head = joined
      continue
    }
    head = undefined
    yield mark.every((byte, index) => joined[index] === byte) ? joined.subarray(mark.length) : joined
  }
  if (head !== undefined && head.length > 0) yield head
}
