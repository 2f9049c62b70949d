import { CardeaError } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { VerifyingKey } from '../token/verifying-key.js'
import { type KeySetRequest, readKeySet } from './read-key-set.js'
import { type PublicJsonWebKey, prepareKey } from './verification-key.js'

/** Where the public keys are, and how often to look. */
export interface KeySetOptions {
  /** Such as `https://app.example/.well-known/jwks.json`: https, or http on this machine. */
  readonly url: string
  /** Default: the platform's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** How long a key set is used before it is asked for again, in seconds. Default 300. */
  readonly cacheSeconds?: number
  /** The least time between two requests, whatever tokens say and whether the server answers, in seconds. Default 30. */
  readonly cooldownSeconds?: number
  /** How long a request may take, in milliseconds. Default 5,000. */
  readonly timeoutMilliseconds?: number
}

/** Finds keys of a key set that is somewhere else. */
export interface KeySet {
  /** @throws CardeaError `unavailable` when it takes a look to know, and there is no answer. */
  find(id: string): Promise<VerifyingKey | undefined>
}

type Keys = ReadonlyMap<string, () => Promise<VerifyingKey>>

/** Far more than anybody signs with. */
const maximumKeys = 100

/**
 * Keeps the keys of a URL. An unknown `kid` has it look again, but not before the cool-down is over; while the server does
 * not answer, the keys that are known go on to count.
 */
export function createKeySet(options: KeySetOptions, clock: Clock): KeySet {
  const request = checkRequest(options)
  const cacheMilliseconds = secondsOf(options.cacheSeconds ?? 300, 'cacheSeconds')
  const cooldownMilliseconds = secondsOf(options.cooldownSeconds ?? 30, 'cooldownSeconds')
  let keys: Keys | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let askedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let asking: Promise<void> | undefined

  const ask = async (): Promise<void> => {
    try {
      keys = keysOf(await readKeySet(request))
      readAt = clock()
      failure = undefined
    } catch (error) {
      failure = error
    }
  }
  const mayAsk = (): boolean => asking === undefined && !isWithin(clock(), askedAt, cooldownMilliseconds)
  const askOnce = (): Promise<void> => {
    askedAt = clock()
    asking = ask().finally(() => {
      asking = undefined
    })
    return asking
  }

  return {
    find: async (id) => {
      // Whoever finds the keys old waits for new ones; the others go on meanwhile.
      if (!isWithin(clock(), readAt, cacheMilliseconds) && mayAsk()) await askOnce()
      const known = keys?.get(id)
      if (known !== undefined) return await known()
      if (asking !== undefined) await asking
      else if (mayAsk()) await askOnce()
      const found = keys?.get(id)
      if (found !== undefined) return await found()
      // It may be a key that is not known yet, so this is no verdict on the token.
      if (failure !== undefined) throw unavailable(failure)
      return undefined
    },
  }
}

/** Also false where the clock was set back behind the beginning. */
const isWithin = (now: number, since: number, milliseconds: number): boolean =>
  now >= since && now - since < milliseconds

/** What in a key set can verify access tokens: Ed25519 and P-256 keys alone, each for its own algorithm. */
function keysOf(entries: readonly unknown[]): Keys {
  const keys = new Map<string, () => Promise<VerifyingKey>>()
  for (const entry of entries.slice(0, maximumKeys)) {
    if (typeof entry !== 'object' || entry === null) continue
    // Each member is looked at before it is used.
    const jwk = entry as PublicJsonWebKey
    const algorithm = jwk.kty === 'OKP' ? 'EdDSA' : jwk.kty === 'EC' ? 'ES256' : undefined
    if (algorithm === undefined || typeof jwk.kid !== 'string' || jwk.kid === '' || keys.has(jwk.kid)) continue
    try {
      keys.set(jwk.kid, prepareKey({ id: jwk.kid, algorithm, key: jwk }, 'jwks'))
    } catch {
      // Keys for something else are nothing unusual in a key set.
    }
  }
  return keys
}

function checkRequest({ url, fetch, timeoutMilliseconds = 5_000 }: KeySetOptions): KeySetRequest {
  if (typeof url !== 'string' || !URL.canParse(url)) throw refused('url must be a URL')
  const { protocol, hostname, username, password } = new URL(url)
  const local = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  if (protocol !== 'https:' && !(protocol === 'http:' && local)) {
    throw refused('url must be https, or http on this machine: whoever can change the answer can make tokens')
  }
  if (username !== '' || password !== '') throw refused('url must hold no user and no password')
  if (fetch !== undefined && typeof fetch !== 'function') throw refused('fetch must be a function')
  if (!Number.isSafeInteger(timeoutMilliseconds) || timeoutMilliseconds < 1) {
    throw refused('timeoutMilliseconds must be a positive integer')
  }
  // Looked up when it is called, since an app may put another in its place.
  return { url, timeoutMilliseconds, fetch: fetch ?? ((to, init) => globalThis.fetch(to, init)) }
}

function secondsOf(value: number, place: string): number {
  if (Number.isFinite(value) && value >= 1) return value * 1_000
  throw refused(`${place} must be at least 1`)
}

const refused = (reason: string): CardeaError =>
  new CardeaError('configuration_invalid', `createAccessTokenVerifier: jwks.${reason}`)

const unavailable = (cause: unknown): CardeaError =>
  new CardeaError('unavailable', 'createAccessTokenVerifier: the key set cannot be had', {
    cause,
    retryAfterSeconds: 30,
  })
