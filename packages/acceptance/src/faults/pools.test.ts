import { createHandler } from '@cardea/http'
import { rounds } from '@cardea/storage/testkit'
import { createCardea } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { describe, expect, it } from 'vitest'
import { type Answer, type Client, clientOf, textOf } from '../client.js'
import { timeLimit } from '../time-limit.js'
import { serverStorages } from './storages.js'

const flows = rounds({ test: 25, ci: 100, long: 100 })
const poolSizes = [1, 2].slice(0, rounds({ test: 1, ci: 1, long: 2 }))
const repeats = rounds({ test: 1, ci: 1, long: 10 })
// What is waited for here is above all the disks of the servers.
const storages = serverStorages.slice(0, rounds({ test: 1, ci: 2, long: 2 }))
const cases = storages.flatMap((storage) => poolSizes.map((poolSize) => ({ ...storage, poolSize })))

/** Tries until there is room. A flow that waited for a connection which it holds itself would never get there. */
async function insist(request: () => Promise<Answer>, ...expected: readonly number[]): Promise<Answer> {
  for (;;) {
    const answer = await request()
    if (answer.status === 503) continue
    expect(expected, textOf(answer.body)).toContain(answer.status)
    return answer
  }
}

/** Everything that a user does with an account. */
async function flow(client: Client, name: string): Promise<void> {
  const path = '/api/v1/auth'
  const own = { email: `${name}@example.com`, password: 'the first password' }
  // What was answered with 503 may have been done all the same.
  await insist(() => client.post(`${path}/register`, { ...own, username: name, name }), 201, 409)
  const { body } = await insist(() => client.post(`${path}/login`, own), 200)
  const bearer = body['access_token']
  const other = await insist(() => client.post(`${path}/login`, own), 200)
  // A token that was exchanged without an answer is good for ten seconds more: who finds no room for longer signs in again.
  await insist(() => client.post(`${path}/refresh`, { refresh_token: other.body['refresh_token'] }), 200, 401)
  await insist(() => client.get(`${path}/me`, { bearer }), 200)
  await insist(() => client.get('/api/v1/sessions', { bearer }), 200)
  await insist(() => client.patch(`${path}/me`, { name: `${name} again` }, { bearer }), 200)
  const change = { current_password: own.password, new_password: 'the second password' }
  await insist(() => client.post(`${path}/me/change-password`, change, { bearer }), 204, 401)
  await insist(() => client.post(`${path}/login`, { ...own, password: change.new_password }), 200)
  await insist(() => client.delete(`${path}/sessions/all?scope=others`, { bearer }), 204)
  await insist(() => client.post(`${path}/logout`, undefined, { bearer }), 200)
  await insist(() => client.get(`${path}/me`, { bearer }), 401)
}

describe('Cardea on a small pool', () => {
  it.each(cases)(
    `never waits for itself: ${flows} flows at once on $name with $poolSize`,
    async ({ create, open, poolSize }) => {
      const database = await create()
      const auth = createCardea({
        ...cmsPreset,
        storage: open(database.url, { poolSize }),
        secret: 'a secret for small pools: 5c1d7e90ab34f268',
        environment: 'test',
        // The hasher is not what is to be waited for.
        passwords: { memoryKibibytes: 8, iterations: 1 },
        logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      })
      await auth.migrate()
      await auth.ready()
      const handler = createHandler(auth, { rateLimits: 'off' })
      const client = clientOf('http://localhost:3000', (url, init) => handler(new Request(url, init)))
      for (let round = 0; round < repeats; round += 1) {
        await Promise.all(Array.from({ length: flows }, (_, index) => flow(client, `round${round}flow${index}`)))
      }
      await auth.close()
      expect(await database.query('select id from cardea_principals')).toHaveLength(repeats * flows)
      await database.drop()
    },
    timeLimit,
  )
})
