import { describe, expect, it } from 'vitest'
import { createApp } from '../app.fixture.js'
import { createRuntime } from '../handler/runtime.js'
import { authAnswer } from './auth.js'

const at = Date.UTC(2026, 0, 15, 10)
const issued = {
  user: { id: 'id', email: 'a@example.test', username: null, created_at: '2026-01-15T10:00:00.000Z' },
  session: {
    id: 'session',
    principalId: 'id',
    createdAt: at,
    lastUsedAt: at,
    expiresAt: at,
    ip: null,
    userAgent: null,
    amr: ['pwd'],
    actorId: null,
    aal: 1,
    authTime: at,
  },
  accessToken: 'access',
  refreshToken: 'refresh',
  expiresInSeconds: 60,
  expiresAt: at + 60_000,
  cookieMaxAgeSeconds: 120,
}
const deliveries = ['both', 'cookie', 'token'] as const
type Delivery = (typeof deliveries)[number]
const runtimes = new Map<Delivery, ReturnType<typeof createRuntime>>()
for (const delivery of deliveries) {
  const { auth } = await createApp({ baseUrl: 'http://localhost:3000', sessions: { delivery } })
  runtimes.set(delivery, createRuntime(auth, {}, 'test'))
}

const answer = (collection: string, delivery: Delivery, cookieToken: string | undefined = 'cookie') => {
  const runtime = runtimes.get(delivery)
  if (runtime === undefined) throw new Error(delivery)
  return authAnswer(issued, { collection, runtime, cookieToken })
}

describe('authAnswer', () => {
  it('hands out tokens and the cookie', () => {
    expect(answer('customers', 'both')).toEqual({
      body: {
        access_token: 'access',
        refresh_token: 'refresh',
        token_type: 'bearer',
        expires_in: 60,
        expires_at: '2026-01-15T10:01:00.000Z',
        session_id: 'session',
        user: issued.user,
      },
      headers: [['Set-Cookie', 'session_customers=cookie; Max-Age=120; Path=/; HttpOnly; SameSite=Lax']],
    })
  })

  it('withholds what the delivery withholds, whatever it is given', () => {
    expect(JSON.stringify(answer('users', 'cookie').body)).not.toMatch(/access|refresh/)
    expect(answer('users', 'cookie').headers).toHaveLength(2)
    expect(answer('users', 'token')).toMatchObject({ body: { access_token: 'access' }, headers: [] })
  })

  it('puts the fields of ModulaCMS beside a sign-in of users only', () => {
    expect(answer('users', 'both').body).toMatchObject({
      user_id: 'id',
      email: 'a@example.test',
      username: null,
      created_at: '2026-01-15T10:00:00.000Z',
      user: { id: 'id', user_id: 'id' },
    })
    expect(answer('customers', 'both').body).not.toHaveProperty('user_id')
  })
})
