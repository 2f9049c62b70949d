/** What an access token says, checked but for time. */
export interface AccessTokenClaims {
  readonly principalId: string
  readonly sessionId: string
  readonly collection: string
  /** The `sub` of `act`: who acts as the principal; null where nobody does. @see RFC 8693 §4.1 */
  readonly actorId: string | null
  readonly amr: readonly string[]
  readonly aal: number
  /** Instants in milliseconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly notBefore: number
}

/** Who issues access tokens, and for whom. */
export interface AccessTokenAuthority {
  /** The `iss` claim. */
  readonly issuer: string
  /** The `aud` claim is `<audience>:<collection>`. */
  readonly audience: string
}

export const audienceOf = (authority: AccessTokenAuthority, collection: string): string =>
  `${authority.audience}:${collection}`

/**
 * Reads a payload whose signature was verified.
 *
 * Every claim must be there and of its exact type: times are whole numbers, `aud` is one text that belongs to `col`.
 *
 * @returns Undefined otherwise.
 * @see RFC 8725 §3.8 to §3.11
 */
export function readClaims(payload: Uint8Array, authority: AccessTokenAuthority): AccessTokenClaims | undefined {
  const claims = parseObject(payload)
  if (claims === undefined) return undefined
  const { iss, aud, sub, sid, col, jti, iat, exp, nbf, amr, aal, act } = claims
  if (!isText(sub) || !isText(sid) || !isText(col) || !isText(jti)) return undefined
  if (iss !== authority.issuer || aud !== audienceOf(authority, col)) return undefined
  if (!isSeconds(iat) || !isSeconds(exp) || (nbf !== undefined && !isSeconds(nbf))) return undefined
  if (!Array.isArray(amr) || !amr.every(isText)) return undefined
  const actorId = actorOf(act)
  if (actorId === undefined) return undefined
  if (aal !== 1 && aal !== 2 && aal !== 3) return undefined
  return Object.freeze({
    principalId: sub,
    sessionId: sid,
    collection: col,
    actorId,
    amr: Object.freeze(amr),
    aal,
    issuedAt: iat * 1_000,
    expiresAt: exp * 1_000,
    notBefore: (nbf ?? iat) * 1_000,
  })
}

/** Null where there is no `act`; undefined where it is not what we make. */
function actorOf(act: unknown): string | null | undefined {
  if (act === undefined) return null
  const sub: unknown = typeof act === 'object' && act !== null && 'sub' in act ? act.sub : undefined
  return isText(sub) ? sub : undefined
}

function parseObject(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    // A JSON object.
    return value as Record<string, unknown>
  } catch {
    return undefined
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Up to the year 9999; leaves room for milliseconds. */
const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 253_402_300_799
