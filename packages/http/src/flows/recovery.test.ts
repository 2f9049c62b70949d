import { describe, expect, it } from 'vitest'
import { type AppOptions, authPath, createApp, password } from '../app.fixture.js'

const mail = { from: 'App <no-reply@app.test>' } as const
const better = 'a better battery'

const open = async (options: AppOptions = {}) => {
  const app = await createApp({
    auth: { otp: { enabled: true }, mfa: { enabled: true } },
    mail,
    ...options,
  })
  const post = (path: string, body: unknown, more: Parameters<typeof app.send>[2] = {}, collection = 'users') =>
    app.send('POST', `${authPath(collection)}${path}`, { body, ...more })
  return { ...app, post }
}

const problem = (status: number, code: string) => [status, code]

describe.each(['users', 'customers'])('recovery of %s', (collection) => {
  it('verifies an address by a link, and not by the link alone', async () => {
    const { post, signUp, mails } = await open()
    const { email, access: bearer } = await signUp(collection)
    for (const address of [email, 'nobody@example.test']) {
      const asked = await post('/request-verification', { email: address }, {}, collection)
      expect([asked.status, asked.body]).toEqual([
        202,
        { message: 'If an account with that email exists, a message has been sent.' },
      ])
    }
    const token = await mails.tokenFor(email)
    const alone = await post('/confirm-verification', { token }, {}, collection)
    expect([alone.status, alone.code]).toEqual(problem(401, 'reauthentication_required'))
    const wrong = await post('/confirm-verification', { token, password: 'wrong' }, {}, collection)
    expect([wrong.status, wrong.code]).toEqual(problem(401, 'invalid_credentials'))
    const done = await post('/confirm-verification', { token }, { bearer }, collection)
    expect([done.status, done.body['verified']]).toEqual([200, true])
    const again = await post('/confirm-verification', { token, password }, {}, collection)
    expect([again.status, again.code]).toEqual(problem(401, 'token_invalid'))
  })

  it('resets a password, and signs nobody in', async () => {
    const { post, signUp, send, mails } = await open()
    const { email, access, cookie } = await signUp(collection)
    const known = await post('/request-password-reset', { email }, {}, collection)
    const unknown = await post('/request-password-reset', { email: 'nobody@example.test' }, {}, collection)
    expect([known.status, known.body]).toEqual([
      200,
      { message: 'If an account with that email exists, a reset link has been sent.' },
    ])
    const headersOf = (got: typeof known) => [...got.headers].filter(([name]) => name !== 'x-request-id')
    expect([unknown.status, unknown.text, headersOf(unknown)]).toEqual([known.status, known.text, headersOf(known)])
    const token = await mails.tokenFor(email)
    const weak = await post('/confirm-password-reset', { token, password: 'short' }, {}, collection)
    expect([weak.status, weak.code]).toEqual(problem(422, 'weak_password'))
    const differs = { token, password: better, password_confirm: 'another' }
    expect((await post('/confirm-password-reset', differs, {}, collection)).status).toBe(422)
    const done = await post('/confirm-password-reset', { token, password: better }, {}, collection)
    expect([done.status, Object.keys(done.body), done.cookies.size]).toEqual([200, ['message'], 0])
    for (const credential of [{ bearer: access }, { cookie }]) {
      expect((await send('GET', `${authPath(collection)}/me`, credential)).status).toBe(401)
    }
    expect((await post('/login', { email, password }, {}, collection)).status).toBe(401)
    expect((await post('/login', { email, password: better }, {}, collection)).status).toBe(200)
    const again = await post('/confirm-password-reset', { token, password: better }, {}, collection)
    expect([again.status, again.code]).toEqual(problem(401, 'token_invalid'))
  })

  it('changes an address in two steps, and sends the cookie of the session that asks anew', async () => {
    const { post, signUp, send, mails } = await open()
    const { email, cookie, access } = await signUp(collection)
    const to = `new-${email}`
    const browser = { cookie, headers: { origin: 'https://app.test' } }
    const without = await post('/me/request-email-change', { new_email: to }, browser, collection)
    expect([without.status, without.code]).toEqual(problem(403, 'reauthentication_required'))
    const anonymous = await post('/me/request-email-change', { new_email: to, password }, {}, collection)
    expect(anonymous.status).toBe(401)
    const asked = await post('/me/request-email-change', { new_email: to, password }, browser, collection)
    expect([asked.status, Object.keys(asked.body)]).toEqual([202, ['message']])
    const token = await mails.tokenFor(to)
    const me = async (credential: object) => send('GET', `${authPath(collection)}/me`, credential)
    expect((await me({ bearer: access })).body['email']).toBe(email)
    const done = await post('/me/confirm-email-change', { token }, browser, collection)
    expect([done.status, done.body['email']]).toEqual([200, to])
    const [renewed] = [...done.cookies].map(([name, value]) => `${name}=${value}`)
    expect((await me({ cookie })).status).toBe(401)
    expect((await me({ cookie: renewed ?? '' })).body).toMatchObject({ email: to, verified: true })
    expect((await mails.last(email))?.subject).toBe('Your address was changed')
    expect((await post('/login', { email: to, password }, {}, collection)).status).toBe(200)
  })

  it('signs in by a code, with the answer of a login', async () => {
    const { post, signUp, mails } = await open()
    const { email, id } = await signUp(collection)
    const known = await post('/otp/request', { email }, {}, collection)
    const unknown = await post('/otp/request', { email: 'nobody@example.test' }, {}, collection)
    for (const { status, body } of [known, unknown]) {
      expect([status, body]).toEqual([
        200,
        {
          message: 'If an account with that email exists, a code has been sent.',
          flow_id: expect.stringMatching(/^[\w-]{22}$/),
        },
      ])
    }
    const code = await mails.codeFor(email)
    const { flow_id } = unknown.body
    const foreign = await post('/otp/verify', { email, code, flow_id }, {}, collection)
    expect([foreign.status, foreign.code]).toEqual(problem(401, 'invalid_credentials'))
    const done = await post('/otp/verify', { email, code, flow_id: known.body['flow_id'] }, {}, collection)
    expect(done.status).toBe(200)
    expect(done.body).toMatchObject({
      token_type: 'bearer',
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      user: { id, email, verified: true },
    })
    expect(done.cookies.size).toBeGreaterThan(0)
    expect((await post('/otp/verify', { email, code }, {}, collection)).status).toBe(401)
  })

  it('makes a session fresh by a code', async () => {
    const { post, signUp, mails, time } = await open()
    const { email, access: bearer } = await signUp(collection)
    time.now += 601_000
    const late = await post('/mfa/totp/enroll', {}, { bearer }, collection)
    expect([late.status, late.code]).toEqual(problem(403, 'reauthentication_required'))
    const { flow_id } = (await post('/otp/request', { email }, {}, collection)).body
    const email_code = await mails.codeFor(email)
    const reauthenticate = (body: unknown) => post('/reauthenticate', body, { bearer }, collection)
    for (const odd of [{ flow_id }, { email_code, password }, { email_code, code: '123456' }, { email_code: 5 }]) {
      const got = await reauthenticate(odd)
      expect([got.status, got.code]).toEqual(problem(422, 'invalid_request'))
    }
    const wrong = await reauthenticate({ email_code: email_code === '000000' ? '000001' : '000000', flow_id })
    expect([wrong.status, wrong.code]).toEqual(problem(401, 'invalid_credentials'))
    const done = await reauthenticate({ email_code, flow_id })
    expect([done.status, done.text]).toEqual([204, ''])
    expect((await post('/mfa/totp/enroll', {}, { bearer }, collection)).status).toBe(200)
  })
})

describe('registration that tells nobody who has an account', () => {
  it('answers a new and a taken address alike', async () => {
    const { post, mails } = await open({ auth: { registrationAnswer: 'uniform' } })
    const email = 'uniform@example.test'
    const first = await post('/register', { email, password })
    const second = await post('/register', { email, password: better })
    expect(first.status).toBe(202)
    const headersOf = (got: typeof first) => [...got.headers].filter(([name]) => name !== 'x-request-id')
    expect([second.status, second.text, headersOf(second)]).toEqual([first.status, first.text, headersOf(first)])
    const subjects = (await mails.all(email)).map(({ subject }) => subject)
    expect(subjects).toHaveLength(2)
    // Nor does signing in tell which of the two has made the account.
    for (const tried of [password, better]) {
      const got = await post('/login', { email, password: tried })
      expect([got.status, got.code]).toEqual(problem(401, 'invalid_credentials'))
    }
    const token = await mails.tokenFor(email)
    expect((await post('/confirm-verification', { token, password })).status).toBe(200)
    expect((await post('/login', { email, password })).status).toBe(200)
  })
})

describe('an address that has to be verified', () => {
  it('keeps its owner out until it is', async () => {
    const { post, mails } = await open({ auth: { requireVerified: true } })
    const email = 'strict@example.test'
    const registered = await post('/register', { email, password })
    expect([registered.status, registered.cookies.size]).toEqual([201, 0])
    const { user, ...beside } = registered.body
    expect(user).toMatchObject({ email, verified: false })
    // Nothing else has changed: what stands beside a sign-in of `users`, without tokens and without a session.
    expect(Object.keys(beside).sort()).toEqual(['created_at', 'email', 'user_id', 'username', 'verification_required'])
    expect(beside).toMatchObject({ verification_required: true, email })
    const early = await post('/login', { email, password })
    expect([early.status, early.code]).toEqual(problem(403, 'email_not_verified'))
    const token = await mails.tokenFor(email)
    expect((await post('/confirm-verification', { token, password })).status).toBe(200)
    expect((await post('/login', { email, password })).status).toBe(200)
  })
})

describe('a registration that signs in at once', () => {
  it.each(['users', 'customers'])('says nothing of verifying the address, in %s', async (collection) => {
    const { post } = await open()
    const body = { email: 'at-once@example.test', password }
    const registered = await post('/register', body, {}, collection)
    expect([registered.status, typeof registered.body['access_token']]).toEqual([201, 'string'])
    expect(registered.body).not.toHaveProperty('verification_required')
  })
})

describe('what wants mail', () => {
  it('is disabled where none can be sent, or the setting is off', async () => {
    const silent = await open({ mail: false, auth: {} })
    const { access: bearer } = await silent.signUp()
    const body = { email: 'a@example.test' }
    const asked = [
      await silent.post('/request-verification', body),
      await silent.post('/request-password-reset', body),
      await silent.post('/otp/request', body),
      await silent.post('/otp/verify', { ...body, code: '123456' }),
      await silent.post('/me/request-email-change', { new_email: 'b@example.test', password }, { bearer }),
      await silent.post('/reauthenticate', { email_code: '123456' }, { bearer }),
    ]
    for (const got of asked) expect([got.status, got.code]).toEqual(problem(403, 'method_disabled'))
  })
})
