import { createAccessTokenVerifier } from '@cardea/sessions/verify'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createProofApp, expecting, origin, password } from './app.js'

const url = `${origin}/.well-known/jwks.json`

describe.each(['EdDSA', 'ES256'] as const)('the key set of an app that signs with %s', (algorithm) => {
  it('is all that a service needs to verify, while keys rotate', async () => {
    const app = await createProofApp(createMemoryStorage(), { sessions: { accessTokens: { algorithm } } })
    let asked = 0
    const verifier = createAccessTokenVerifier({
      issuer: origin,
      audience: origin,
      clock: app.clock.now,
      jwks: {
        url,
        fetch: async (to, init) => {
          asked += 1
          return await app.handler(new Request(to, init))
        },
      },
    })
    for (let round = 0; round < 20; round += 1) {
      const body = { email: `person${round}@example.test`, password }
      const registered = await expecting(201, app.send('POST', '/api/v1/auth/register', { body }))
      const bearer = String(registered.body['access_token'])
      expect(await verifier.verify(bearer)).toMatchObject({ valid: true, claims: { collection: 'users' } })
      await expecting(200, app.send('GET', '/api/v1/auth/me', { bearer }))
      await app.auth.keys.rotate()
      app.clock.advance('20m')
    }
    // Once for each time that the five minutes were over, and never for an id that was not known.
    expect(asked).toBe(20)
  })
})
