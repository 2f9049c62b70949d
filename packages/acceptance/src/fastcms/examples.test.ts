import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Client, patientClientOf, textOf } from '../client.js'
import { readCurl } from '../curl.js'
import { databaseKinds, type TestDatabase } from '../databases.js'
import { type DemoServer, startDemo } from '../demo-server.js'
import { codePattern, findInMail, tokenPattern } from '../dev-mailbox.js'
import { commands, endpoints, fetchExample, settings } from './document.js'

const customers = '/api/v1/collections/customers/auth'
const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** What an answer to a sign-in is like. */
const tokens = {
  access_token: expect.stringMatching(/^ey/),
  refresh_token: expect.any(String),
  token_type: 'bearer',
}

// One test goes on from the other, as the document does.
describe.each(databaseKinds)("FastCMS's document, followed to the letter, on $name", ({ create }) => {
  let database: TestDatabase
  let server: DemoServer
  let client: Client
  let admin: Answer
  let accessToken = ''

  beforeAll(async () => {
    database = await create()
    server = await startDemo({ DATABASE_URL: database.url, ADMIN_PASSWORD: 'your-password' })
    client = patientClientOf(server.url)
  })

  afterAll(async () => {
    await server?.stop()
    await database?.drop()
  })

  /**
   * Runs a command as it is printed.
   *
   * @param given What stands for a token, an id or a code in it.
   */
  async function run(name: keyof typeof commands, given: Readonly<Record<string, string>> = {}): Promise<Answer> {
    let command: string = commands[name]
    for (const [printed, own] of Object.entries(given)) {
      expect(command).toContain(printed)
      command = command.replaceAll(printed, own)
    }
    const { method, path, headers, body } = readCurl(command)
    return await client.send(method, path, { headers, ...(body === undefined ? {} : { raw: body }) })
  }

  it('signs the admin in', async () => {
    admin = await run('login example')
    expect(admin.status).toBe(200)
    expect(admin.body).toMatchObject({
      ...tokens,
      user: { id: expect.any(String), email: 'admin@example.com', role: 'admin', verified: true },
    })
  })

  it('creates a collection of customers', async () => {
    const { status, body } = await run('creating an auth collection', {
      ADMIN_TOKEN: textOf(admin.body['access_token']),
    })
    expect([status, body['name'], body['type']]).toEqual([201, 'customers', 'auth'])
  })

  it('serves every endpoint of its tables', async () => {
    for (const [path, method] of endpoints) {
      // Nobody asks, and sends nothing: whatever is wrong with that, the endpoint is there.
      const at = path.replace('{id}', 'a8a4d6f2-0000-7000-8000-000000000000')
      const { status, body } = await client.send(method, at, method === 'POST' ? { body: {} } : {})
      expect([200, 400, 401, 403, 422], `${method} ${path}: ${status} ${textOf(body)}`).toContain(status)
    }
    const nowhere = await client.post(`${customers}/nowhere`, {})
    expect(nowhere.status).toBe(404)
  })

  it('registers a customer', async () => {
    const { status, body } = await run('registration')
    expect(status).toBe(201)
    const user = { email: 'customer@example.com', company: 'Acme Inc', phone: '+1234567890', verified: false }
    expect(body).toMatchObject({ ...tokens, user })
    accessToken = textOf(body['access_token'])
    // A code that reaches an address whose owner nobody knows would drop the password.
    await client.post(`${customers}/request-verification`, { email: user.email })
    const token = await findInMail([client], user.email, tokenPattern('verify-email'))
    const verified = await client.post(`${customers}/confirm-verification`, { token }, { bearer: accessToken })
    expect(verified.status).toBe(200)
  })

  it('reads records with the token of the customer, as a program does', async () => {
    const [, path = ''] = /fetch\('(.+?)'/.exec(fetchExample) ?? []
    const own = { title: 'A product', price: 12 }
    expect((await client.post(path, own, { bearer: admin.body['access_token'] })).status).toBe(201)
    const printed = [...fetchExample.matchAll(/'([\w-]+)': [`'](.+?)[`']/g)]
    const headers = Object.fromEntries(
      printed.map(([, name = '', value = '']) => [name, value.replace(/\$\{accessToken\}/, accessToken)]),
    )
    expect(headers).toMatchObject({ Authorization: `Bearer ${accessToken}` })
    const { status, body } = await client.send('GET', path, { headers })
    expect([status, body]).toEqual([200, [expect.objectContaining(own)]])
  })

  it('has its settings, with their defaults, and can enable codes for one collection', async () => {
    const bearer = admin.body['access_token']
    const path = '/api/v1/settings/auth'
    // The demo servers enable these two in code, so that there is something to be tried.
    const shown = { ...settings, otp_enabled: true, mfa_enabled: true }
    expect((await client.get(path, { bearer })).body).toMatchObject(shown)
    const documented = await client.patch(path, settings, { bearer })
    expect([documented.status, documented.body]).toEqual([200, expect.objectContaining(settings)])
    const ofCustomers = '/api/v1/collections/customers/settings'
    expect((await client.get(ofCustomers, { bearer })).body).toMatchObject(settings)
    const refused = await run('request a code')
    expect([refused.status, refused.body['code']]).toEqual([403, 'method_disabled'])
    const enabled = await client.patch(ofCustomers, { otp_enabled: true }, { bearer })
    expect(enabled.body).toMatchObject({ ...settings, otp_enabled: true })
    expect((await client.get(path, { bearer })).body).toMatchObject(settings)
  })

  it('signs in with a code by mail, and with the password as before', async () => {
    expect((await run('request a code')).status).toBe(200)
    const code = await findInMail([client], 'customer@example.com', codePattern)
    const { status, body } = await run('verify the code', { '483921': code })
    expect(status).toBe(200)
    expect(body).toMatchObject({ ...tokens, user: { email: 'customer@example.com', company: 'Acme Inc' } })
    const own = { email: 'customer@example.com', password: 'securepassword123' }
    expect((await client.post(`${customers}/login`, own)).status).toBe(200)
    expect((await run('verify the code', { '483921': code })).status).toBe(401)
  })

  it('changes the address in two steps', async () => {
    const given = { ACCESS_TOKEN: accessToken, current_password: 'securepassword123' }
    expect((await run('request the change', { ACCESS_TOKEN: accessToken })).status).toBe(401)
    expect((await run('request the change', given)).status).toBe(202)
    const token = await findInMail([client], 'new@example.com', tokenPattern('confirm-email-change'))
    expect((await client.get(`${customers}/me`, { bearer: accessToken })).body['email']).toBe('customer@example.com')
    expect((await run('confirm with the token')).status).toBe(401)
    expect((await run('confirm with the token', { 'verification-token-from-email': token })).status).toBe(200)
    const own = { email: 'new@example.com', password: 'securepassword123' }
    const signedIn = await client.post(`${customers}/login`, own)
    expect(signedIn.status).toBe(200)
    accessToken = textOf(signedIn.body['access_token'])
  })

  it('lists the sessions, and ends one and all of them', async () => {
    const own = { email: 'new@example.com', password: 'securepassword123' }
    const headers = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)' }
    const other = await client.post(`${customers}/login`, own, { headers })
    const listed = await run('list active sessions', { ACCESS_TOKEN: accessToken })
    expect(listed.status).toBe(200)
    expect(listed.body).toContainEqual(
      expect.objectContaining({
        id: other.body['session_id'],
        created: expect.stringMatching(isoInstant),
        last_used: expect.stringMatching(isoInstant),
        user_agent: headers['User-Agent'],
      }),
    )
    const given = { ACCESS_TOKEN: accessToken, 'session-uuid': textOf(other.body['session_id']) }
    expect((await run('revoke a specific session', given)).status).toBe(204)
    expect((await client.get(`${customers}/me`, { bearer: other.body['access_token'] })).status).toBe(401)
    expect((await run('revoke a specific session', given)).status).toBe(404)
    expect((await run('logout all devices', { ACCESS_TOKEN: accessToken })).status).toBe(204)
    expect((await run('list active sessions', { ACCESS_TOKEN: accessToken })).status).toBe(401)
  })

  it('refreshes the tokens of the admin', async () => {
    const given = { 'eyJhbGc...': textOf(admin.body['refresh_token']) }
    const { status, body } = await run('token refresh', given)
    expect(status).toBe(200)
    expect(body).toMatchObject(tokens)
    const authorization = `Bearer ${textOf(body['access_token'])}`
    const me = await client.get('/api/v1/auth/me', { headers: { Authorization: authorization } })
    expect([me.status, me.body['email']]).toEqual([200, 'admin@example.com'])
  })

  it('ends the session of the admin by its logout', async () => {
    const signedIn = await run('login example')
    const bearer = signedIn.body['access_token']
    expect((await client.post('/api/v1/auth/logout', undefined, { bearer })).status).toBe(200)
    expect((await client.get('/api/v1/auth/me', { bearer })).status).toBe(401)
  })
})
