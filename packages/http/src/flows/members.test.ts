import { beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, authPath, createApp, type Got, password, type Sent } from '../app.fixture.js'
import { totpCode } from '../totp.fixture.js'

const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'
const codeOf = ({ status, code }: Got) => [status, code]
const step = 30_000

let app: App
let admin: Account
let clerk: Account

beforeAll(async () => {
  app = await createApp({ auth: { mfa: { enabled: true } } })
  admin = await app.signUp('users', { username: 'root', name: 'Root' })
  clerk = await app.signUp('users', { username: 'clerk', name: 'Clerk' })
  await app.auth.permissions.assign(admin.id, 'admin')
  await app.auth.permissions.unassign(admin.id, 'viewer')
  await app.auth.permissions.assign(clerk.id, 'clerk')
})

const as = ({ access }: Account, method: string, path: string, sent: Sent = {}) =>
  app.send(method, path, { bearer: access, ...(method === 'POST' ? { body: {} } : {}), ...sent })

describe.each(['users', 'customers'])('members of %s', (collection) => {
  const at = (id: string): string => `${authPath(collection)}/users/${id}`
  const login = (email: string) => app.send('POST', `${authPath(collection)}/login`, { body: { email, password } })
  const isAlive = async ({ access }: Account) =>
    (await app.send('GET', `${authPath(collection)}/me`, { bearer: access })).status === 200

  it('are disabled and enabled', async () => {
    const member = await app.signUp(collection)
    expect((await as(admin, 'POST', `${at(member.id)}/disable`)).status).toBe(204)
    expect([await isAlive(member), (await login(member.email)).status]).toEqual([false, 401])
    expect((await as(admin, 'POST', `${at(member.id)}/enable`)).status).toBe(204)
    expect([await isAlive(member), (await login(member.email)).status]).toEqual([false, 200])
  })

  it('get their second factor taken by somebody who may, which ends what they have signed in', async () => {
    const member = await app.signUp(collection)
    const own = authPath(collection)
    const bearer = member.access
    const { body } = await app.send('POST', `${own}/mfa/totp/enroll`, { bearer })
    const code = totpCode(String(body['secret']), Math.floor(app.time.now / step))
    await app.send('POST', `${own}/mfa/totp/activate`, { bearer, body: { code } })
    expect(codeOf(await login(member.email))).toEqual([401, 'mfa_required'])
    expect((await as(admin, 'DELETE', `${at(member.id)}/mfa`)).status).toBe(204)
    expect([await isAlive(member), (await login(member.email)).status]).toEqual([false, 200])
  })

  it('show where they are signed in, and are signed out: in one place, or everywhere', async () => {
    const member = await app.signUp(collection)
    const second = await login(member.email)
    const listed = await as(admin, 'GET', `${at(member.id)}/sessions`)
    expect(listed.list.map((one) => [one['user_id'], one['current']])).toEqual([
      [member.id, false],
      [member.id, false],
    ])
    const one = `${at(member.id)}/sessions?session_id=${member.sessionId}`
    expect((await as(admin, 'DELETE', one)).status).toBe(204)
    expect(codeOf(await as(admin, 'DELETE', one))).toEqual([404, 'not_found'])
    expect(await isAlive(member)).toBe(false)
    const bearer = String(second.body['access_token'])
    expect((await app.send('GET', `${authPath(collection)}/me`, { bearer })).status).toBe(200)
    expect((await as(admin, 'DELETE', `${at(member.id)}/sessions`)).status).toBe(204)
    expect((await app.send('GET', `${authPath(collection)}/me`, { bearer })).status).toBe(401)
    expect((await as(admin, 'GET', `${at(member.id)}/sessions`)).list).toEqual([])
  })

  const routes = [
    ['POST', '/disable'],
    ['POST', '/enable'],
    ['DELETE', '/mfa'],
    ['GET', '/sessions'],
    ['DELETE', '/sessions'],
  ] as const

  it.each(routes)('%s %s knows nobody of another collection, nor what is no id', async (method, path) => {
    const stranger = await app.signUp(collection === 'users' ? 'customers' : 'users')
    for (const id of [stranger.id, unknownId, 'x']) {
      expect(codeOf(await as(admin, method, `${at(id)}${path}`)), id).toEqual([404, 'not_found'])
    }
    expect(
      (await app.auth.verify({ bearerToken: stranger.access }, { collections: ['users', 'customers'] })).authenticated,
    ).toBe(true)
  })

  it.each(routes)('%s %s is for those with the right to it, of the collection', async (method, path) => {
    const [member, other] = [await app.signUp(collection), await app.signUp(collection)]
    const target = `${at(other.id)}${path}`
    expect(codeOf(await app.send(method, target, method === 'POST' ? { body: {} } : {}))).toEqual([
      401,
      'unauthenticated',
    ])
    expect(codeOf(await as(member, method, target))).toEqual([403, 'forbidden'])
    const got = await as(clerk, method, target)
    if (collection === 'users') expect([200, 204]).toContain(got.status)
    else expect(codeOf(got)).toEqual([403, 'forbidden'])
  })
})

describe('the ceiling', () => {
  const at = (id: string): string => `${authPath('users')}/users/${id}`

  it('keeps those with fewer rights from whoever has more', async () => {
    for (const [method, path] of [
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['DELETE', '/mfa'],
      ['DELETE', '/sessions'],
    ] as const) {
      expect(codeOf(await as(clerk, method, `${at(admin.id)}${path}`)), path).toEqual([403, 'forbidden'])
    }
    expect((await as(admin, 'GET', '/api/v1/auth/me')).status).toBe(200)
  })

  it('keeps the last admin, and everybody from taking the own second factor without it', async () => {
    expect(codeOf(await as(admin, 'POST', `${at(admin.id)}/disable`))).toEqual([409, 'last_admin'])
    expect(codeOf(await as(admin, 'DELETE', `${at(admin.id)}/mfa`))).toEqual([403, 'forbidden'])
  })
})
