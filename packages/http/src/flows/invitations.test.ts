import { beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, authPath, createApp, type Got, password, type Sent } from '../app.fixture.js'

const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const codeOf = ({ status, code }: Got) => [status, code]

let app: App
let admin: Account
let clerk: Account

beforeAll(async () => {
  app = await createApp({ mail: {} })
  admin = await app.signUp('users', { username: 'root', name: 'Root' })
  clerk = await app.signUp('users', { username: 'clerk', name: 'Clerk' })
  await app.auth.permissions.assign(admin.id, 'admin')
  await app.auth.permissions.assign(clerk.id, 'clerk')
})

let invited = 0
const fresh = (): string => {
  invited += 1
  return `guest${invited}@example.test`
}
const as = ({ access }: Account, method: string, path: string, sent: Sent = {}) =>
  app.send(method, path, { bearer: access, ...sent })
/** The app's own code invites. */
const invite = (collection: string, email: string) =>
  (collection === 'users' ? app.auth.users : app.auth.collections.customers).invitations.create({ email })

describe.each(['users', 'customers'])('invitations to %s', (collection) => {
  const at = `${authPath(collection)}/invitations`
  const own = (email: string) =>
    collection === 'users' ? { password, username: email.slice(0, email.indexOf('@')), name: 'Guest' } : { password }

  it.each(['\u0000', 'a\ud800', 'x'.repeat(1_000), 'no address'])('are in no list after %j', async (place) => {
    const cursor = Buffer.from(JSON.stringify([place])).toString('base64url')
    expect(codeOf(await as(admin, 'GET', `${at}?cursor=${cursor}`))).toEqual([422, 'invalid_request'])
  })

  it('are sent, listed, sent again, accepted once', async () => {
    const email = fresh()
    const decided = collection === 'users' ? {} : { company: 'Acme' }
    const created = await as(admin, 'POST', at, { body: { email, ...decided } })
    expect(created.status).toBe(201)
    expect(created.body).toEqual({
      id: expect.any(String),
      email,
      fields: decided,
      role: null,
      invited_by: admin.id,
      created_at: expect.stringMatching(instant),
      expires_at: new Date(app.time.now + 7 * 86_400_000).toISOString(),
      holds: true,
    })
    expect((await as(admin, 'GET', at)).list).toContainEqual(created.body)
    const page = await as(admin, 'GET', `${at}?cursor=&limit=1`)
    expect(page.body['data']).toHaveLength(1)
    expect((await as(admin, 'GET', `${at}?limit=5`)).body).toMatchObject({ total: expect.any(Number), limit: 5 })
    const first = await app.mails.tokenFor(email)
    const again = await as(admin, 'POST', `${at}/${created.body['id']}/resend`, { body: {} })
    expect([again.status, again.body['email']]).toEqual([200, email])
    const accept = (token: string) => app.send('POST', `${at}/accept`, { body: { token, ...own(email) } })
    expect(codeOf(await accept(first))).toEqual([401, 'token_invalid'])
    const token = await app.mails.tokenFor(email)
    expect(created.text + again.text).not.toContain(token.slice(37))
    const accepted = await accept(token)
    expect(accepted.status).toBe(201)
    expect(accepted.body['user']).toMatchObject({ email, verified: true, ...decided })
    expect(accepted.cookies.size).toBeGreaterThan(0)
    expect(accepted.headers.get('cache-control')).toBe('no-store')
    const bearer = String(accepted.body['access_token'])
    expect((await app.send('GET', `${authPath(collection)}/me`, { bearer })).status).toBe(200)
    expect(codeOf(await accept(token))).toEqual([401, 'token_invalid'])
  })

  it('are for those who may make accounts of the collection', async () => {
    const member = await app.signUp(collection)
    const { id } = await invite(collection, fresh())
    const clerkMay = collection === 'users'
    for (const [method, path, body] of [
      ['POST', '', { email: fresh() }],
      ['GET', ''],
      ['POST', `/${id}/resend`, {}],
      ['DELETE', `/${id}`],
    ] as const) {
      const sent = body === undefined ? {} : { body }
      expect(codeOf(await app.send(method, `${at}${path}`, sent))).toEqual([401, 'unauthenticated'])
      expect(codeOf(await as(member, method, `${at}${path}`, sent))).toEqual([403, 'forbidden'])
      const got = await as(clerk, method, `${at}${path}`, sent)
      // The one that was sent again has another id.
      if (clerkMay) expect(method === 'DELETE' ? [204, 404] : [200, 201]).toContain(got.status)
      else expect(codeOf(got)).toEqual([403, 'forbidden'])
    }
    expect(codeOf(await as(admin, 'DELETE', `${at}/${unknownId}`))).toEqual([404, 'not_found'])
    expect(codeOf(await as(admin, 'DELETE', `${at}/x`))).toEqual([404, 'not_found'])
  })

  it('answer every token that is none alike', async () => {
    const other = collection === 'users' ? 'customers' : 'users'
    const email = fresh()
    await invite(other, email)
    const foreign = await app.mails.tokenFor(email)
    const answers = new Set<string>()
    for (const token of [foreign, 'x', '', `${unknownId}.${'A'.repeat(43)}`]) {
      const got = await app.send('POST', `${at}/accept`, { body: { token, ...own(email) } })
      const { request_id: _id, ...shown } = got.body
      answers.add(`${got.status} ${JSON.stringify(shown)}`)
    }
    expect([...answers]).toEqual([expect.stringContaining('token_invalid')])
  })

  it('register by the token as well, with the address that was invited', async () => {
    const email = fresh()
    await invite(collection, email)
    const token = await app.mails.tokenFor(email)
    const register = (address: string) =>
      app.send('POST', `${authPath(collection)}/register`, {
        body: { email: address, ...own(email), invitation_token: token },
      })
    expect(codeOf(await register(fresh()))).toEqual([401, 'token_invalid'])
    expect((await register(email)).status).toBe(201)
  })

  it('take no more than what is known', async () => {
    for (const name of ['id', 'verified', 'password', 'status', 'by', 'lifetimeSeconds']) {
      const got = await as(admin, 'POST', at, { body: { email: fresh(), [name]: 'x' } })
      expect(codeOf(got), name).toEqual([422, 'unknown_field'])
    }
    expect(codeOf(await as(admin, 'POST', at, { body: { email: 'nothing' } }))).toEqual([422, 'invalid_request'])
  })
})

describe('an invitation with a role', () => {
  const at = `${authPath('users')}/invitations`

  it('needs all rights of the role', async () => {
    const invite = (by: Account, role: string | null) => as(by, 'POST', at, { body: { email: fresh(), role } })
    expect(codeOf(await invite(clerk, 'editor'))).toEqual([403, 'forbidden'])
    expect(codeOf(await invite(clerk, 'admin'))).toEqual([403, 'forbidden'])
    expect((await invite(clerk, 'viewer')).body['role']).toBe('viewer')
    expect((await invite(admin, 'admin')).body['role']).toBe('admin')
    expect(codeOf(await invite(admin, 'nobody'))).toEqual([422, 'invalid_request'])
    const elsewhere = { body: { email: fresh(), role: 'viewer' } }
    const got = await as(admin, 'POST', `${authPath('customers')}/invitations`, elsewhere)
    expect(codeOf(got)).toEqual([422, 'invalid_request'])
  })
})

describe('registration by invitation', () => {
  it('refuses everybody alike who has none', async () => {
    const closed = await createApp({ mail: {}, auth: { registration: 'invite' } })
    await closed.auth.collections.customers.invitations.create({ email: 'guest@example.test' })
    const token = await closed.mails.tokenFor('guest@example.test')
    for (const email of ['guest@example.test', 'stranger@example.test']) {
      const got = await closed.send('POST', `${authPath('customers')}/register`, { body: { email, password } })
      expect(codeOf(got)).toEqual([403, 'method_disabled'])
    }
    const body = { email: 'guest@example.test', password, invitation_token: token }
    expect((await closed.send('POST', `${authPath('customers')}/register`, { body })).status).toBe(201)
  })
})
