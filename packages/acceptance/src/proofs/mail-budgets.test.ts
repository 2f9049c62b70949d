import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atOnce, createProofApp, expecting, type ProofApp, password } from './app.js'
import { type CountedStorage, proofStorages } from './storages.js'

const auth = '/api/v1/auth'

describe.each(proofStorages)('mails that anybody can ask for, on $name,', ({ open }) => {
  let database: CountedStorage
  let app: ProofApp

  beforeAll(async () => {
    database = await open()
    app = await createProofApp(database.storage, { auth: { otp: { enabled: true } } })
  })

  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  it.each([
    ['request-password-reset', 3],
    ['request-verification', 3],
    ['otp/request', 1],
  ])('are few, of 50 requests at once for %s, and every answer is the same', async (route, most) => {
    const name = route.replace('/', '-')
    const email = `${name}@example.test`
    await app.auth.users.create({ email, password, username: name, name: 'N' })
    const ask = (index: number) =>
      app.send('POST', `${auth}/${route}`, {
        body: { email: index % 2 === 0 ? email : email.toUpperCase() },
        ip: `203.0.113.${index}`,
      })
    const { answers } = await atOnce(50, ask)
    const told = answers.map(({ status, body }) =>
      JSON.stringify([status, { ...body, flow_id: typeof body['flow_id'] }]),
    )
    expect(new Set(told).size).toBe(1)
    const mails = await app.mails.all(email)
    expect(mails.length).toBeGreaterThan(0)
    expect(mails.length).toBeLessThanOrEqual(most)
    expect(new Set(mails.map(({ to }) => to))).toEqual(new Set([email]))
  })

  it('are left for the owner, on a device that the account knows, however many codes strangers ask for', async () => {
    const email = 'owner@example.test'
    await app.auth.users.create({ email, password, username: 'owner', name: 'O' }, { verified: true })
    const headers = { 'sec-fetch-site': 'same-origin' }
    const signedIn = await expecting(200, app.send('POST', `${auth}/login`, { body: { email, password }, headers }))
    const cookie = `__Host-session-device=${signedIn.cookies.get('__Host-session-device')}`
    await app.settle()
    const ask = async (sent: { readonly cookie?: string; readonly ip?: string } = {}) => {
      const got = await expecting(200, app.send('POST', `${auth}/otp/request`, { body: { email }, ...sent }))
      return { flow_id: got.body['flow_id'], mails: (await app.mails.all(email)).length, told: Object.keys(got.body) }
    }
    const strange = `${cookie.slice(0, -4)}AAAA`
    for (let time = 0; time < 30; time += 1) {
      await ask({ ip: `203.0.113.${time}` })
      app.clock.advance('1m')
      await ask({ ip: `203.0.113.${time}`, cookie: strange })
      app.clock.advance('11m')
    }
    const [first, second] = [await ask(), await ask({ cookie: strange })]
    expect(second.mails).toBe(first.mails)
    app.clock.advance('1m')
    const refused = await ask({ cookie: strange })
    expect(refused.mails).toBe(first.mails)
    const own = await ask({ cookie })
    expect([own.mails, own.told]).toEqual([first.mails + 1, refused.told])
    const body = { email, code: await app.mails.codeFor(email), flow_id: own.flow_id }
    await expecting(200, app.send('POST', `${auth}/otp/verify`, { body, cookie }))
  })

  it('are limited for a network as well, whomever they are for', async () => {
    const limited = await createProofApp(database.storage, {}, {})
    const statuses = new Set<number>()
    for (let index = 0; index < 50; index += 1) {
      const body = { email: `nobody${index}@example.test` }
      statuses.add((await limited.send('POST', `${auth}/request-password-reset`, { body })).status)
    }
    expect(statuses).toEqual(new Set([200, 429]))
  })
})
