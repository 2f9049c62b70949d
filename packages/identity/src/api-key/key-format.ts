import { crc32 } from 'node:zlib'
import { isUuid, type RandomBytes, sha256 } from '@cardea/core/crypto'
import { fromBase62, toBase62, toNumber } from './base62.js'

/** 256 bits, so that a fast hash at rest is as good as a slow one. */
const secretBytes = 32

/** Digits of base 62 that 128, 256 and 32 bits take. */
const idLength = 22
const secretLength = 43
const checksumLength = 6
const idEnd = 1n << 128n

/** The digits are in the order of their codes, so texts of one length compare as the numbers do. */
const largestSecret = toBase62((1n << BigInt(8 * secretBytes)) - 1n, secretLength)
const secretForm = /^[0-9A-Za-z]+$/

/** A key as it is handed out, once, and what is kept of it. */
export interface IssuedKey {
  /** `<prefix>_<id>_<secret><checksum>`. */
  readonly key: string
  readonly secretHash: string
}

/** What a text says that has the form of a key. */
export interface ParsedKey {
  /** The id of its row. */
  readonly id: string
  readonly secretHash: string
}

/** How the keys of an instance look. */
export interface KeyFormat {
  /** Makes a key for a row. */
  issue(id: string, random: RandomBytes): IssuedKey
  /** Whether a text begins as keys do, so that it is meant as one. */
  recognises(text: unknown): boolean
  /**
   * Takes a key apart. The checksum finds what was mistyped or cut off, so that it costs no statement; it protects nothing.
   *
   * @returns Undefined for everything that {@link issue} cannot have made.
   */
  parse(text: unknown): ParsedKey | undefined
}

/** Builds the format of keys with a prefix. */
export function createKeyFormat(prefix: string): KeyFormat {
  const start = `${prefix}_`
  const length = start.length + idLength + 1 + secretLength + checksumLength
  return {
    issue(id, random) {
      const secret = toBase62(toNumber(random(secretBytes)), secretLength)
      const body = `${start}${toBase62(BigInt(`0x${id.replaceAll('-', '')}`), idLength)}_${secret}`
      return { key: `${body}${checksum(body)}`, secretHash: sha256(secret) }
    },
    recognises: (text) => typeof text === 'string' && text.startsWith(start),
    parse(text) {
      if (typeof text !== 'string' || text.length !== length || !text.startsWith(start)) return undefined
      const body = text.slice(0, -checksumLength)
      if (text.slice(-checksumLength) !== checksum(body)) return undefined
      if (text[start.length + idLength] !== '_') return undefined
      const id = fromBase62(text.slice(start.length, start.length + idLength), idEnd)
      const secret = body.slice(start.length + idLength + 1)
      if (id === undefined || secret > largestSecret || !secretForm.test(secret)) return undefined
      const uuid = toUuid(id)
      return isUuid(uuid) ? { id: uuid, secretHash: sha256(secret) } : undefined
    },
  }
}

const checksum = (body: string): string => toBase62(BigInt(crc32(body)), checksumLength)

function toUuid(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
