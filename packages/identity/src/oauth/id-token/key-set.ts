import type { JWSHeaderParameters, JWTVerifyGetKey } from 'jose'
import { guardedFetch } from '../http/guarded-fetch.js'
import { isObject } from '../profile/read-path.js'
import type { OAuthEnvironment, OAuthFailure } from '../provider.js'

/** Keys are taken to be the provider's for this long, then fetched anew. */
const freshMilliseconds = 10 * 60_000

/** A key that is not among them makes the set be fetched anew at most this often: anybody can name keys. */
const cooldownMilliseconds = 30_000

/** Each key of a set is looked through for every token. */
const maximumKeys = 100

/** The keys that an issuer signs with. */
export interface KeySet {
  /**
   * How jose finds the key of a token.
   *
   * @returns A failure when the provider cannot be asked.
   */
  find(): Promise<{ readonly ok: true; readonly getKey: JWTVerifyGetKey } | OAuthFailure>
}

interface Fetched {
  readonly at: number
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/**
 * The keys at an address, remembered for ten minutes. A failure is not remembered, and requests at the same time share one.
 *
 * @param accepts Which keys of the set count.
 */
export function createKeySet(environment: OAuthEnvironment, url: string): KeySet {
  let known: Fetched | undefined
  let running: Promise<Fetched | OAuthFailure> | undefined
  const load = (): Promise<Fetched | OAuthFailure> => {
    running ??= fetchKeys(environment, url).finally(() => {
      running = undefined
    })
    return running
  }
  const renew = async (olderThanMilliseconds: number): Promise<Fetched | OAuthFailure> => {
    if (known !== undefined && environment.clock() - known.at < olderThanMilliseconds) return known
    const loaded = await load()
    if ('keys' in loaded) known = loaded
    return loaded
  }
  return {
    async find() {
      const first = await renew(freshMilliseconds)
      if (!('keys' in first)) return first
      const getKey: JWTVerifyGetKey = async (header, token) => {
        const { createLocalJWKSet } = await import('jose/jwks/local')
        const select = (keys: Fetched['keys']) => createLocalJWKSet({ keys: [...keys] })(header, token)
        if (first.keys.some((key) => fits(key, header))) return await select(first.keys)
        const again = await renew(cooldownMilliseconds)
        return await select('keys' in again ? again.keys : first.keys)
      }
      return { ok: true, getKey }
    },
  }
}

const fits = (key: Readonly<Record<string, unknown>>, header: JWSHeaderParameters | undefined): boolean =>
  header?.kid === undefined || key['kid'] === header.kid

async function fetchKeys(environment: OAuthEnvironment, url: string): Promise<Fetched | OAuthFailure> {
  const answer = await guardedFetch(environment, { url })
  if (!answer.ok) return answer
  const keys = isObject(answer.json) ? answer.json['keys'] : undefined
  if (answer.status !== 200 || !Array.isArray(keys) || keys.length > maximumKeys) {
    return { ok: false, reason: 'provider_answer_invalid', detail: 'no set of keys' }
  }
  // A symmetric key that is public would let anybody sign.
  return { at: environment.clock(), keys: keys.filter(isObject).filter((key) => key['kty'] !== 'oct') }
}
