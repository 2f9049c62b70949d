import type { JWTPayload } from 'jose'
import { SignJWT } from 'jose/jwt/sign'
import { accessTokenType } from './read-access-token.js'
import type { AccessTokenKey } from './verifying-key.js'

/** A token of these claims, which a key signs. @see RFC 9068 */
export const signAccessToken = (claims: JWTPayload, { id, algorithm, key }: AccessTokenKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: accessTokenType, kid: id }).sign(key)
