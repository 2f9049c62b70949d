import { constantTimeEqual, hmacSha256, type Keyring } from '@cardea/core/crypto'

/** A refresh token taken apart; its MAC is not verified yet. */
export interface PresentedRefreshToken {
  readonly sessionId: string
  readonly counter: number
  readonly mac: string
}

/** Makes and checks refresh tokens, `<session id>.<counter>.<MAC>`. Nothing of one is stored. */
export interface RefreshTokens {
  issue(sessionId: string, counter: number, salt: string): string
  /** @returns Undefined for what has not the form of a refresh token. */
  parse(token: string): PresentedRefreshToken | undefined
  /** Whether one of the root secrets made the token for a session with this salt. */
  verify(token: PresentedRefreshToken, salt: string): boolean
}

/** A UUID has 36 characters, a counter at most 15 digits, an HMAC-SHA-256 43 characters of base64url. */
const form = /^([A-Za-z0-9_-]{1,36})\.(0|[1-9]\d{0,14})\.([A-Za-z0-9_-]{43})$/

export function createRefreshTokens(keyring: Keyring): RefreshTokens {
  return {
    issue: (sessionId, counter, salt) => {
      const { bytes } = keyring.current('refresh-token')
      return `${sessionId}.${counter}.${macOf(bytes, sessionId, counter, salt)}`
    },

    parse: (token) => {
      const match = typeof token === 'string' && token.length <= 100 ? form.exec(token) : null
      if (match === null) return undefined
      const [, sessionId = '', counter = '', mac = ''] = match
      return { sessionId, counter: Number(counter), mac }
    },

    verify: ({ sessionId, counter, mac }, salt) =>
      keyring.all('refresh-token').some(({ bytes }) => constantTimeEqual(mac, macOf(bytes, sessionId, counter, salt))),
  }
}

const macOf = (key: Uint8Array, sessionId: string, counter: number, salt: string): string =>
  hmacSha256(key, `${sessionId}|${counter}|${salt}`)
