const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = 62n
const values: ReadonlyMap<string, bigint> = new Map(Array.from(digits, (digit, value) => [digit, BigInt(value)]))

/** Writes a whole number in letters and digits alone, so that a double click selects all of it. */
export function toBase62(value: bigint, length: number): string {
  let text = ''
  let rest = value
  while (text.length < length) {
    text = `${digits[Number(rest % base)] ?? ''}${text}`
    rest /= base
  }
  return text
}

/**
 * Reads what {@link toBase62} has written.
 *
 * @param end What the number has to be below.
 * @returns Undefined for other characters and for a number that is too large.
 */
export function fromBase62(text: string, end: bigint): bigint | undefined {
  let value = 0n
  for (const digit of text) {
    const next = values.get(digit)
    if (next === undefined) return undefined
    value = value * base + next
  }
  return value < end ? value : undefined
}

/** Bytes as one number, the first byte first. */
export const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
