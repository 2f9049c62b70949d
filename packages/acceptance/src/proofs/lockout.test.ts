import { eq } from '@cardea/core'
import { principals } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atOnce, cookieHeader, createProofApp, expecting, type Got, type ProofApp, password, received } from './app.js'
import { type CountedStorage, proofStorages } from './storages.js'

const auth = '/api/v1/auth'
const wrong = 'not the password'

const deviceCookie = '__Host-session-device'
const deviceOf = ({ cookies }: Got): string => `${deviceCookie}=${cookies.get(deviceCookie)}`

/** One network after another. */
const networkOf = (index: number): string => `203.${100 + Math.floor(index / 250)}.113.${index % 250}`

describe.each(proofStorages)('guesses at an account, on $name,', ({ open: openStorage }) => {
  let database: CountedStorage
  let app: ProofApp
  let accounts = 0

  beforeAll(async () => {
    database = await openStorage()
    app = await createProofApp(database.storage, { auth: { otp: { enabled: true }, mfa: { enabled: true } } })
  })

  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  /** An account of a test's own, and what guesses at it. */
  async function open() {
    accounts += 1
    const username = `victim${accounts}`
    const email = `${username}@example.test`
    const { id } = await app.auth.users.create({ email, password, username, name: 'V' }, { verified: true })
    const login = (ip: string, secret = password, cookie?: string): Promise<Got> =>
      app.send('POST', `${auth}/login`, {
        body: { email, password: secret },
        ip,
        headers: { 'sec-fetch-site': 'same-origin' },
        ...(cookie === undefined ? {} : { cookie }),
      })
    /** Guesses, each from another network, some at a time. */
    const guessFrom = async (first: number, count: number): Promise<void> => {
      // As many as there are connections: so none waits for one, and each is counted once.
      for (let begun = 0; begun < count; begun += 5) {
        const some = Array.from({ length: Math.min(5, count - begun) }, (_, index) => networkOf(first + begun + index))
        await Promise.all(some.map((ip) => expecting(401, login(ip, wrong))))
      }
    }
    const failures = async () => {
      const row = await database.storage.findOne(principals, { where: eq('id', id) })
      return row?.failed_attempts
    }
    return { email, id, login, guessFrom, failures }
  }

  /** As after so many guesses that only known devices are let in. */
  const exhaust = (id: string) =>
    database.storage.update(principals, { where: eq('id', id), set: { failed_attempts: 80 } })

  /** By a code that is sent: the answer to the right one. */
  async function otpLogin(email: string, ip: string): Promise<Got> {
    app.clock.advance('2m')
    const asked = await expecting(200, app.send('POST', `${auth}/otp/request`, { body: { email }, ip }))
    const code = await app.mails.codeFor(email)
    const body = { email, code, flow_id: asked.body['flow_id'] }
    return await app.send('POST', `${auth}/otp/verify`, { body, ip })
  }

  it('of 101 networks have the right password refused to the next, and its owner still comes in by a known device', async () => {
    const { login, guessFrom } = await open()
    const device = cookieHeader(await expecting(200, login('192.0.2.1')))
      .split('; ')
      .find((pair) => pair.startsWith('__Host-session-device='))
    await app.settle()
    await guessFrom(0, 101)
    const [refused, guessed] = [await login(networkOf(102)), await login(networkOf(103), wrong)]
    expect([refused.status, refused.body['code'], refused.cookies.size]).toEqual([401, 'invalid_credentials', 0])
    const { request_id: one, ...told } = refused.body
    const { request_id: other, ...toldOthers } = guessed.body
    expect([told, one === other]).toEqual([toldOthers, false])
    // Somebody else's device is none that the account knows, and neither is one that was made up.
    const strange = `${device?.slice(0, -4)}AAAA`
    expect((await login(networkOf(104), password, strange)).status).toBe(401)
    expect((await login(networkOf(105), password, device)).status).toBe(200)
  })

  it('on a known device end with the fifth in a row where strangers have locked the account, however long they take', async () => {
    const { id, login } = await open()
    const device = cookieHeader(await expecting(200, login('192.0.2.1')))
      .split('; ')
      .find((pair) => pair.startsWith('__Host-session-device='))
    await app.settle()
    await exhaust(id)
    for (let guess = 0; guess < 4; guess += 1) {
      await expecting(401, login('192.0.2.1', wrong, device))
      app.clock.advance('2d')
    }
    // A right one makes up for what was wrong before.
    await expecting(200, login('192.0.2.1', password, device))
    await app.settle()
    await exhaust(id)
    for (let guess = 0; guess < 5; guess += 1) {
      await expecting(401, login('192.0.2.1', wrong, device))
      app.clock.advance('2d')
    }
    expect((await login('192.0.2.1', password, device)).status).toBe(401)
  })

  it('do not keep the owner of the mailbox out, who sets a new password', async () => {
    const { email, login, guessFrom, failures } = await open()
    await guessFrom(0, 100)
    expect((await login('192.0.2.1')).status).toBe(401)
    await expecting(200, app.send('POST', `${auth}/request-password-reset`, { body: { email } }))
    const body = { token: await app.mails.tokenFor(email), password: 'another horse battery' }
    await expecting(200, app.send('POST', `${auth}/confirm-password-reset`, { body }))
    expect(await failures()).toBe(0)
    expect((await login('192.0.2.1', 'another horse battery')).status).toBe(200)
  })

  it('are told to the owner when they lock the account, once, and no answer tells of it', async () => {
    const { id, email, login } = await open()
    await database.storage.update(principals, { where: eq('id', id), set: { failed_attempts: 78 } })
    const take = async (address: string, index: number) => {
      await app.settle()
      const before = database.statements.length
      const body = { email: address, password: wrong }
      const response = await app.exchange('POST', `${auth}/login`, { body, ip: networkOf(index) })
      const statements = database.statements.length - before
      const { status, headers, body: answer } = await received(response)
      const names = [...headers.keys()].sort()
      return { status, names, answer: { ...answer, request_id: '' }, statements }
    }
    app.events.length = 0
    for (let guess = 0; guess < 4; guess += 1) {
      expect(await take(email, 400 + guess)).toEqual(await take('nobody@example.test', 400 + guess))
    }
    await app.settle()
    expect(app.events.filter(({ type }) => type === 'sign_in.locked')).toMatchObject([{ principalId: id }])
    const notices = (await app.mails.all(email)).filter(({ subject }) => subject.startsWith('Signing in was stopped'))
    expect(notices).toHaveLength(1)
    expect(notices[0]?.text).toContain(networkOf(401))
    expect((await login('192.0.2.1')).status).toBe(401)
    expect(await app.mails.all('nobody@example.test')).toEqual([])
  })

  it('in a session are ten in a row, and do not keep the owner from signing in', async () => {
    const { login, failures } = await open()
    const stolen = String((await expecting(200, login('192.0.2.1'))).body['access_token'])
    await app.settle()
    const routes = [
      ['/reauthenticate', { password: wrong }],
      ['/me/change-password', { current_password: wrong, new_password: 'another horse battery' }],
      ['/me/request-email-change', { password: wrong, new_email: 'thief@example.test' }],
    ] as const
    const statuses: number[] = []
    for (let guess = 0; guess < 14; guess += 1) {
      app.clock.advance('1m')
      const [path, body] = routes[guess % 3] ?? routes[0]
      statuses.push((await app.send('POST', `${auth}${path}`, { bearer: stolen, body })).status)
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401))
    expect(statuses.slice(10)).toEqual(Array.from({ length: 4 }, () => 429))
    const again = await app.send('POST', `${auth}/reauthenticate`, { bearer: stolen, body: { password } })
    expect([again.status, again.body['code']]).toEqual([429, 'rate_limited'])
    expect(await failures()).toBe(10)
    const bearer = String((await expecting(200, login('198.51.100.9'))).body['access_token'])
    await app.settle()
    expect((await app.send('POST', `${auth}/reauthenticate`, { bearer, body: { password } })).status).toBe(204)
  })

  it('by whoever knew the old password are a stranger’s once it is changed or reset', async () => {
    const { id, email, login } = await open()
    const known = async (secret: string, ip: string) => {
      const got = await expecting(200, login(ip, secret))
      await app.settle()
      return { bearer: String(got.body['access_token']), cookie: deviceOf(got) }
    }
    const isKnown = async (cookie: string, secret: string): Promise<boolean> => {
      const { status, cookies } = await login('192.0.2.50', secret, cookie)
      await app.settle()
      return status === 200 && !cookies.has(deviceCookie)
    }
    const [own, thief] = [await known(password, '192.0.2.1'), await known(password, '198.51.100.1')]
    const another = 'another horse battery'
    const sent = { bearer: own.bearer, body: { current_password: password, new_password: another } }
    await expecting(204, app.send('POST', `${auth}/me/change-password`, { ...sent, cookie: own.cookie }))
    await exhaust(id)
    expect((await login('203.0.113.9', another, thief.cookie)).status).toBe(401)
    expect(await isKnown(own.cookie, another)).toBe(true)
    await expecting(200, app.send('POST', `${auth}/request-password-reset`, { body: { email } }))
    const body = { token: await app.mails.tokenFor(email), password: 'one more horse battery' }
    await expecting(200, app.send('POST', `${auth}/confirm-password-reset`, { body, cookie: own.cookie }))
    await exhaust(id)
    expect((await login('203.0.113.10', 'one more horse battery', own.cookie)).status).toBe(401)
  })

  it('lock out the network that they come from, and no other', async () => {
    const { login } = await open()
    for (let guess = 0; guess < 6; guess += 1) await expecting(401, login('198.51.100.1', wrong))
    expect((await login('198.51.100.1')).status).toBe(401)
    expect((await login('192.0.2.1')).status).toBe(200)
    app.clock.advance('15m')
    expect((await login('198.51.100.1')).status).toBe(200)
  })

  it('count alike by password, by code and by second factor, and shut all of them at once', async () => {
    const { email, login, guessFrom, failures } = await open()
    const factor = await app.enroll(email)
    const challenge = await expecting(401, login('192.0.2.1'))
    await app.settle()
    await guessFrom(0, 74)
    const asked = await expecting(200, app.send('POST', `${auth}/otp/request`, { body: { email } }))
    const code = await app.mails.codeFor(email)
    for (let guess = 0; guess < 3; guess += 1) {
      const body = { email, code: code === '000000' ? '000001' : '000000', flow_id: asked.body['flow_id'] }
      await expecting(401, app.send('POST', `${auth}/otp/verify`, { body, ip: networkOf(200 + guess) }))
    }
    for (let guess = 0; guess < 3; guess += 1) {
      const body = { mfa_token: challenge.body['mfa_token'], backup_code: '0000-0000-0000-0000' }
      await expecting(401, app.send('POST', `${auth}/mfa/verify`, { body }))
    }
    expect(await failures()).toBe(80)
    // No proof from a network that nobody knows gives so much as a ticket: neither the password nor the code of a mail.
    const refused = await login(networkOf(300))
    expect([refused.status, refused.body['code']]).toEqual([401, 'invalid_credentials'])
    const byCode = await otpLogin(email, networkOf(301))
    expect([byCode.status, byCode.body['code']]).toEqual([401, 'invalid_credentials'])
    expect(factor.backupCodes).toHaveLength(10)
  })

  it('leave sessions and API keys alone, which nobody can guess', async () => {
    const { id, login, guessFrom } = await open()
    const signedIn = await expecting(200, login('192.0.2.1'))
    await app.auth.permissions.assign(id, 'admin')
    const { key } = await app.auth.apiKeys.create({ principalId: id })
    await guessFrom(0, 100)
    for (const bearer of [String(signedIn.body['access_token']), key]) {
      expect((await app.send('GET', `${auth}/me`, { bearer })).status).toBe(200)
    }
    const body = { refresh_token: signedIn.body['refresh_token'] }
    expect((await app.send('POST', `${auth}/refresh`, { body })).status).toBe(200)
  })

  it('are all counted, however many come at once', async () => {
    const { failures, login } = await open()
    const all401 = Array.from({ length: 40 }, () => 401)
    const apart = await atOnce(40, (index) => login(networkOf(index), wrong))
    expect(apart.answers.map(({ status }) => status)).toEqual(all401)
    const counted = (await failures()) ?? 0
    // One that was answered with 503 and came back may have been counted both times.
    expect([counted >= 40, counted <= 40 + apart.refused]).toEqual([true, true])
    const together = await atOnce(40, () => login('198.51.100.1', wrong))
    expect(together.answers.map(({ status }) => status)).toEqual(all401)
    // All that were looked at before the network was blocked.
    expect(await failures()).toBeGreaterThanOrEqual(counted + 5)
    expect((await login('198.51.100.1')).status).toBe(401)
  })

  it('at a code are looked at five times, of 200 at once, and the right one is worth nothing then', async () => {
    const { email } = await open()
    const asked = await expecting(200, app.send('POST', `${auth}/otp/request`, { body: { email } }))
    const code = await app.mails.codeFor(email)
    const guess = (other: string, index: number) =>
      app.send('POST', `${auth}/otp/verify`, {
        body: { email, code: other, flow_id: asked.body['flow_id'] },
        ip: networkOf(index),
      })
    app.events.length = 0
    const { answers, refused } = await atOnce(200, (index) => guess(code === '000000' ? '000001' : '000000', index))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    const reasons = app.events.flatMap((event) => (event.type === 'sign_in.failed' ? [event.reason] : []))
    expect(reasons).toHaveLength(200)
    const looked = reasons.filter((reason) => reason === 'mismatch').length
    // A database with too much to do at once says so: a guess that was answered with 503 may have taken one of the five.
    expect(looked).toBeLessThanOrEqual(5)
    expect(looked + refused).toBeGreaterThanOrEqual(5)
    expect((await guess(code, 300)).status).toBe(401)
  })
})
