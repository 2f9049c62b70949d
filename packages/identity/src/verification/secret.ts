import { fromBase64Url, hmacSha256, isUuid, type Keyring, type RandomBytes, toBase64Url } from '@cardea/core/crypto'

/** 256 bits: nobody guesses a link, however many there are. */
const tokenSecretBytes = 32

export const createTokenSecret = (random: RandomBytes): string => toBase64Url(random(tokenSecretBytes))

export const toToken = (id: string, secret: string): string => `${id}.${secret}`

/** Takes a link's token apart. @returns Undefined for whatever cannot be one, so that it costs no statement. */
export function parseToken(token: unknown): { readonly id: string; readonly secret: string } | undefined {
  if (typeof token !== 'string' || token.length !== 80) return undefined
  const id = token.slice(0, 36)
  const secret = token.slice(37)
  if (token[36] !== '.' || !isUuid(id) || fromBase64Url(secret)?.length !== tokenSecretBytes) return undefined
  return { id, secret }
}

/**
 * Random decimal digits, each equally likely.
 *
 * @param digits Up to 9.
 */
export function createDigits(random: RandomBytes, digits: number): string {
  const values = 10 ** digits
  // The largest multiple of `values` below 2^32; what is beyond would make small codes likelier.
  const limit = Math.floor(0x1_0000_0000 / values) * values
  for (;;) {
    const bytes = random(4)
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
    if (value < limit) return String(value % values).padStart(digits, '0')
  }
}

/** What belongs to a secret: the same digits for another purpose, collection or row have another hash. */
export interface SecretPlace {
  readonly purpose: string
  readonly collection: string
  readonly id: string
}

const message = ({ purpose, collection, id }: SecretPlace, secret: string): string =>
  [purpose, collection, id, secret].join('\u0000')

/** How a secret is kept: six digits alone would be guessed from a plain hash in no time. */
export const hashSecret = (keyring: Keyring, place: SecretPlace, secret: string): string =>
  hmacSha256(keyring.current('verification').bytes, message(place, secret))

/** The hashes that a secret may have been kept as, one for each root secret. */
export const possibleHashes = (keyring: Keyring, place: SecretPlace, secret: string): readonly string[] =>
  keyring.all('verification').map((key) => hmacSha256(key.bytes, message(place, secret)))
