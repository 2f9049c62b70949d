import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { authPath, createApp } from '../app.fixture.js'

const fields = { plan: { type: 'text', default: 'free' }, nick: { type: 'text', optional: true } }

describe.each(['strict', 'stateless'] as const)('a field that another node has made readonly, in %s mode,', (mode) => {
  it('is not set any more by whoever is signed in', async () => {
    const storage = createMemoryStorage()
    const [app, other] = [
      await createApp({ storage, sessions: { mode } }),
      await createApp({ storage, sessions: { mode } }),
    ]
    const rules = { view: 'self', update: 'self', list: 'self' }
    await other.auth.definitions.create({ name: 'members', type: 'auth', fields, rules })
    const { access: bearer, id } = await app.signUp('members', { plan: 'gold' })
    const me = `${authPath('members')}/me`
    const record = `/api/v1/collections/members/records/${id}`
    expect((await app.send('PATCH', me, { bearer, body: { plan: 'silver' } })).status).toBe(200)
    expect((await app.send('PATCH', record, { bearer, body: { plan: 'silver' } })).status).toBe(200)

    const plan = { ...fields.plan, readonly: true }
    await other.auth.definitions.change('members', { fields: { plan } })
    const answers = [
      await app.send('PATCH', me, { bearer, body: { plan: 'gold' } }),
      await app.send('PATCH', record, { bearer, body: { plan: 'gold' } }),
    ]
    expect(answers.map(({ code }) => code)).toEqual(['unknown_field', 'unknown_field'])
    expect((await other.send('GET', me, { bearer })).body).toMatchObject({ plan: 'silver' })
    await app.auth.close()
    await other.auth.close()
  })
})
