import { rounds } from '@cardea/storage/testkit'
import { defineCollection, json, number, text } from 'cardea'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../seed.js'
import { timeLimit } from '../../time-limit.js'
import { expecting, origin, type ProofApp } from '../app.js'
import { type OpenDatabase, proofDatabases } from '../storages.js'
import { type OpenBodies, openBodies } from './open-bodies.js'
import { positions, type SmugglingRequest } from './positions.js'
import { type BodyRoute, type BodyWorld, bodyRoute, bodyTargets, withNumber } from './route-bodies.js'
import { snapshot } from './snapshot.js'
import { systemFields } from './system-fields.js'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text({ optional: true }),
    seats: number({ optional: true }),
    notes: json({ optional: true }),
  },
})

/** How many requests of each route are tried where it is not all; others in each run. */
const sample = rounds({ test: 2, ci: 6, long: 0 })
const all = sample === 0
const groups: readonly { readonly title: string; readonly targets: typeof bodyTargets }[] = all
  ? bodyTargets.map((target) => ({ title: target.title, targets: [target] }))
  : [{ title: 'each route', targets: bodyTargets }]

const numbered = (route: BodyRoute): BodyRoute => ({ ...route, body: withNumber(route.body) as BodyRoute['body'] })

describe.each(proofDatabases.slice(0, rounds({ test: 1, ci: 1, long: 3 })))(
  'fields that the server owns, on $name,',
  ({ open, name: kind }) => {
    const random = seededRandom()
    let opened: OpenBodies
    let database: OpenDatabase
    let app: ProofApp
    let world: BodyWorld

    beforeAll(async () => {
      opened = await openBodies(open, customers)
      ;({ database, app, world } = opened)
    })

    afterAll(() => opened?.close())

    const names = Object.keys(systemFields)
    const places = Object.values(positions)

    function smuggling(route: BodyRoute): readonly SmugglingRequest[] {
      if (all) {
        return names.flatMap((name) => places.flatMap((smuggle) => smuggle(route, name, systemFields[name])))
      }
      return Array.from({ length: sample }, () => {
        const name = random.pick(names)
        const requests = random.pick(places)(route, name, systemFields[name])
        return requests.length === 0 ? [] : [random.pick(requests)]
      }).flat()
    }

    async function send({ contract, path, bearer }: BodyRoute, { query, type, raw }: SmugglingRequest) {
      const headers = {
        origin,
        'content-type': type,
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      }
      const request = new Request(`${origin}${path}${query}`, { method: contract.method, headers, body: raw })
      const answer = await app.handler(request, { ip: '192.0.2.1' })
      return { status: answer.status, body: await answer.text() }
    }

    it.each(groups)(
      '$title takes none of them, wherever one stands',
      async ({ targets }) => {
        const before = await snapshot(database, kind)
        const wrong: string[] = []
        for (const target of targets) {
          const route = numbered(bodyRoute(world, target))
          for (const request of smuggling(route)) {
            const { status, body } = await send(route, request)
            if (status >= 400 && status < 500) continue
            wrong.push(`${target.title} ${request.query} ${request.type} ${request.raw}: ${status} ${body}`)
          }
        }
        await app.settle()
        expect(wrong.slice(0, 10), `CARDEA_TEST_SEED=${random.seed}`).toEqual([])
        expect(await snapshot(database, kind)).toBe(before)
      },
      timeLimit,
    )

    it('are data and no more in a field of JSON', async () => {
      const path = '/api/v1/collections/customers'
      const notes = { ...systemFields, user: systemFields, data: [systemFields] }
      const own = { email: 'json@example.test', password: 'a good password', notes }
      const { body } = await expecting(201, app.send('POST', `${path}/auth/register`, { body: own }))
      const user = body['user'] as Readonly<Record<string, unknown>>
      expect(user).toMatchObject({ email: own.email, verified: false, notes: JSON.parse(JSON.stringify(notes)) })
      expect([user['id'] === systemFields['id'], Object.hasOwn(user, 'role')]).toEqual([false, false])
      const sent = { bearer: String(body['access_token']), body: { notes } }
      const changed = await expecting(200, app.send('PATCH', `${path}/auth/me`, sent))
      expect({ ...changed.body, updated_at: 0 }).toEqual({ ...user, updated_at: 0 })
      expect((await app.send('GET', '/api/v1/users', { bearer: sent.bearer })).status).toBe(403)
    })

    // Last, since these are done.
    it('are all that was refused: without them, nothing is wrong with the bodies but a token that nobody has', async () => {
      const refused: string[] = []
      for (const target of bodyTargets) {
        const route = numbered(bodyRoute(world, target))
        const plain = { query: '', type: 'application/json', raw: JSON.stringify(route.body) }
        const { status, body } = await send(route, plain)
        if (status >= 300 && status !== 401) refused.push(`${target.title}: ${status} ${body}`)
      }
      expect(refused).toEqual([])
    })
  },
)
