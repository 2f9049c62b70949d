import { isAhead } from '../lifetimes.js'
import type { AccessTokenClaims } from './access-token-claims.js'

/** Ours have about 600 characters; what is longer is not looked at. */
const maximumTokenLength = 4_096
/** For `iat` and `nbf` alone: how far another node's clock may be ahead. `exp` is exact. */
const clockSkewMilliseconds = 60_000

/** Whether a token is a text, and short enough to be hashed or looked at further. */
export const hasTokenLength = (token: string): boolean =>
  typeof token === 'string' && token.length <= maximumTokenLength

/** Why claims do not count at an instant; undefined when they do. */
export function refusalAt(now: number, claims: AccessTokenClaims): 'token_invalid' | 'token_expired' | undefined {
  if (!isAhead(now, claims.expiresAt)) return 'token_expired'
  const latestStart = now + clockSkewMilliseconds
  return claims.issuedAt > latestStart || claims.notBefore > latestStart ? 'token_invalid' : undefined
}
