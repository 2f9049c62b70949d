import type { Clock } from '@cardea/core/crypto'

/** What Apple gives in place of a secret: a key that signs one. */
export interface AppleKey {
  readonly teamId: string
  readonly keyId: string
  /** PKCS #8 in PEM, as Apple hands it out (`AuthKey_….p8`). */
  readonly privateKey: string
}

/** As arctic has it; Apple allows six months. */
const secretSeconds = 5 * 60

/** Signs a client secret for one exchange. */
export async function signAppleSecret(clock: Clock, clientId: string, key: AppleKey): Promise<string> {
  const [{ SignJWT }, { importPKCS8 }] = await Promise.all([import('jose/jwt/sign'), import('jose/key/import')])
  const now = Math.floor(clock() / 1000)
  return await new SignJWT({})
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256', kid: key.keyId })
    .setIssuer(key.teamId)
    .setSubject(clientId)
    .setAudience('https://appleid.apple.com')
    .setIssuedAt(now)
    .setExpirationTime(now + secretSeconds)
    .sign(await importPKCS8(key.privateKey, 'ES256'))
}
