import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofApp, type ProofApp, password } from './app.js'
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
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)))
    const told = answers.map(({ status, body }) =>
      JSON.stringify([status, { ...body, flow_id: typeof body['flow_id'] }]),
    )
    expect(new Set(told).size).toBe(1)
    const mails = await app.mails.all(email)
    expect(mails.length).toBeGreaterThan(0)
    expect(mails.length).toBeLessThanOrEqual(most)
    expect(new Set(mails.map(({ to }) => to))).toEqual(new Set([email]))
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
