import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { fromPhcBase64 } from '../phc.js'
import type { ForeignHash } from './foreign-hash.js'

/** The most passes of a stored hash: about a second. Django 6 makes 1,200,000, OWASP asks for 600,000 (SHA-256). */
const mostIterations = 2_000_000

const base64 = '[A-Za-z0-9+/]'
/** `$pbkdf2-sha256$i=600000,l=32$salt$hash`; the length may be left out. */
const phcPattern = new RegExp(
  `^\\$pbkdf2-(sha1|sha256|sha512)\\$i=([1-9]\\d{0,9})(?:,l=([1-9]\\d{0,2}))?\\$(${base64}{1,172})\\$(${base64}{22,172})$`,
)
/** `$pbkdf2-sha256$29000$salt$hash` of passlib, whose base64 has a dot for the plus; without a name it is SHA-1. */
const passlibPattern =
  /^\$pbkdf2(?:-(sha256|sha512))?\$([1-9]\d{0,9})\$([A-Za-z0-9./]{1,172})\$([A-Za-z0-9./]{22,172})$/
/** `pbkdf2_sha256$1200000$salt$hash` of Django: the salt is a text, the hash is in padded base64. */
const djangoPattern = /^pbkdf2_(sha1|sha256)\$([1-9]\d{0,9})\$([A-Za-z0-9]{1,128})\$([A-Za-z0-9+/]{22,172}={0,2})$/

type Digest = 'sha1' | 'sha256' | 'sha512'

/** Each so many bytes of output take all the passes once more (RFC 8018 §5.2). */
const digestBytes: Readonly<Record<Digest, number>> = { sha1: 20, sha256: 32, sha512: 64 }

interface Pbkdf2Hash {
  readonly digest: Digest
  readonly iterations: number
  readonly salt: Uint8Array
  readonly output: Uint8Array
}

/** Reads PBKDF2 hashes as PHC strings, as passlib writes them and as Django does. */
export function readPbkdf2(text: string): ForeignHash | undefined {
  const hash = readPhc(text) ?? readPasslib(text) ?? readDjango(text)
  if (hash === undefined || workOf(hash) > mostIterations) return undefined
  return {
    algorithm: 'pbkdf2',
    stored: text,
    isFallback: false,
    verify: async (password) => timingSafeEqual(await derive(password, hash), hash.output),
  }
}

const workOf = ({ digest, iterations, output }: Pbkdf2Hash): number =>
  iterations * Math.ceil(output.length / digestBytes[digest])

function readPhc(text: string): Pbkdf2Hash | undefined {
  const [, digest, iterations, length, salt, output] = phcPattern.exec(text) ?? []
  const hash = decode(digest, iterations, salt, output)
  return length === undefined || Number(length) === hash?.output.length ? hash : undefined
}

function readPasslib(text: string): Pbkdf2Hash | undefined {
  const match = passlibPattern.exec(text)
  if (match === null) return undefined
  const [, digest = 'sha1', iterations, salt, output] = match
  return decode(digest, iterations, salt?.replaceAll('.', '+'), output?.replaceAll('.', '+'))
}

function readDjango(text: string): Pbkdf2Hash | undefined {
  const [, digest, iterations, salt = '', padded = ''] = djangoPattern.exec(text) ?? []
  const output = padded.replace(/=+$/, '')
  // The length with its padding is a whole number of groups, or it is not what Django wrote.
  if (padded.length % 4 !== 0) return undefined
  return decode(digest, iterations, Buffer.from(salt).toString('base64').replace(/=+$/, ''), output)
}

function decode(
  digest: string | undefined,
  iterations: string | undefined,
  encodedSalt: string | undefined,
  encodedOutput: string | undefined,
): Pbkdf2Hash | undefined {
  const salt = fromPhcBase64(encodedSalt ?? '')
  const output = fromPhcBase64(encodedOutput ?? '')
  if (digest === undefined || salt === undefined || output === undefined) return undefined
  // The patterns know no other names.
  return { digest: digest as Digest, iterations: Number(iterations), salt, output }
}

function derive(password: string, { digest, iterations, salt, output }: Pbkdf2Hash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, output.length, digest, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
