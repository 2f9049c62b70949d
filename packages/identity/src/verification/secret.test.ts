import { describe, expect, it } from 'vitest'
import { createDigits } from './secret.js'

const bytesOf = (...values: number[]) => {
  const queue = [...values]
  return () => {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, queue.shift() ?? 0)
    return bytes
  }
}

describe('createDigits', () => {
  it('keeps leading zeros', () => {
    expect(createDigits(bytesOf(42), 6)).toBe('000042')
  })

  it('passes over what would make small codes likelier', () => {
    // 4,294 times a million fit into 32 bits.
    expect(createDigits(bytesOf(4_294_000_000, 4_294_967_295, 7), 6)).toBe('000007')
    expect(createDigits(bytesOf(4_293_999_999), 6)).toBe('999999')
  })
})
