/** Gathers the bytes of one record out of many chunks, and no more of them than allowed. */
export interface ByteCollector {
  /** Takes `chunk` from `start` up to `end`. */
  add(chunk: Uint8Array, start: number, end: number): void
  /** @returns What was gathered since the last time; undefined where it was too much. */
  take(): Uint8Array | undefined
  readonly isEmpty: boolean
  readonly isTooLong: boolean
}

export function collectBytes(maximum: number): ByteCollector {
  let parts: Uint8Array[] = []
  let length = 0
  return {
    add(chunk, start, end) {
      if (end <= start) return
      length += end - start
      if (length > maximum) parts = []
      // A copy: whoever made the chunk may use its memory again.
      else parts.push(chunk.slice(start, end))
    },
    take() {
      const taken = length > maximum ? undefined : concatenate(parts, length)
      parts = []
      length = 0
      return taken
    },
    get isEmpty() {
      return length === 0
    },
    get isTooLong() {
      return length > maximum
    },
  }
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
