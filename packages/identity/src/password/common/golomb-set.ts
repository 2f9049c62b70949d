import { hash } from 'node:crypto'

/**
 * A set of texts as a Golomb-Rice coded list of hashes: it answers "surely not" or "very likely". Each entry takes about
 * `riceBits` + 1.5 bits, and one in 2^`riceBits` other texts is taken for a member.
 */
export interface GolombSet {
  /** How many texts it was made of. */
  readonly size: number
  /** Bits of each difference that are written as they are; the rest is written in unary. */
  readonly riceBits: number
  /** The bits in base64, most significant first. */
  readonly data: string
}

/** The place of a text among `size` · 2^`riceBits` values: below 2^32 for the sets that are made here. */
function golombPlace(text: string, { size, riceBits }: Pick<GolombSet, 'size' | 'riceBits'>): number {
  // 48 bits, which a number holds exactly; the range is so much smaller that the remainder is as good as even.
  return Number.parseInt(hash('sha256', text).slice(0, 12), 16) % (size * 2 ** riceBits)
}

/** Unpacks a set and returns its question. Some 20,000 entries take a millisecond, and 4 bytes each. */
export function openGolombSet(set: GolombSet): (text: string) => boolean {
  const places = decode(set)
  return (text) => includes(places, golombPlace(text, set))
}

function decode({ size, riceBits, data }: GolombSet): Uint32Array {
  const bytes = Buffer.from(data, 'base64')
  const places = new Uint32Array(size)
  let position = 0
  const nextBit = (): number => {
    const byte = bytes[position >> 3]
    if (byte === undefined) throw new Error('the set of texts is cut off')
    const bit = (byte >> (7 - (position & 7))) & 1
    position += 1
    return bit
  }
  let place = 0
  for (let index = 0; index < size; index += 1) {
    let quotient = 0
    while (nextBit() === 1) quotient += 1
    let rest = 0
    for (let bit = 0; bit < riceBits; bit += 1) rest = rest * 2 + nextBit()
    place += quotient * 2 ** riceBits + rest
    places[index] = place
  }
  return places
}

function includes(sorted: Uint32Array, place: number): boolean {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < place) low = middle + 1
    else high = middle
  }
  return sorted[low] === place
}
