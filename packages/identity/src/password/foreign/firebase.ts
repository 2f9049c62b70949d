import { createCipheriv, timingSafeEqual } from 'node:crypto'
import { fromPhcBase64 } from '../phc.js'
import type { ForeignHash } from './foreign-hash.js'
import { deriveWithScrypt } from './scrypt.js'

/**
 * `$firebase-scrypt$ln=14,r=8$salt$stream`: the salt with the project's separator behind it, and the stream that AES-256 in
 * counter mode makes, from zero, of the first half of what scrypt makes of the password. Firebase keeps the project's signer
 * key with that stream added; whoever imports takes the key away, so that it is in no row.
 *
 * @see https://github.com/firebase/scrypt
 */
const pattern = /^\$firebase-scrypt\$ln=([1-9]|1[0-4]),r=([1-8])\$([A-Za-z0-9+/]{1,172})\$([A-Za-z0-9+/]{43,172})$/

const scryptBytes = 64
const keyBytes = 32

export function readFirebase(text: string): ForeignHash | undefined {
  const [, logN, blockSize, encodedSalt = '', encodedStream = ''] = pattern.exec(text) ?? []
  const salt = fromPhcBase64(encodedSalt)
  const stream = fromPhcBase64(encodedStream)
  if (logN === undefined || salt === undefined || stream === undefined || stream.length < keyBytes) return undefined
  const cost = { logN: Number(logN), blockSize: Number(blockSize), parallelism: 1 }
  // RFC 7914 §2: N is below 2^(128 · r / 8).
  if (cost.logN >= 16 * cost.blockSize) return undefined
  return {
    algorithm: 'scrypt',
    stored: text,
    isFallback: false,
    verify: async (password) => {
      const derived = await deriveWithScrypt(password, salt, scryptBytes, cost)
      const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, keyBytes), Buffer.alloc(16))
      return timingSafeEqual(cipher.update(Buffer.alloc(stream.length)), stream)
    },
  }
}
