import { rounds } from '@cardea/storage/testkit'
import { defineCollection, number, text } from 'cardea'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../seed.js'
import { timeLimit } from '../../time-limit.js'
import type { ProofApp } from '../app.js'
import { hostileStrings, marker } from '../injection/hostile-strings.js'
import { shapeOf } from '../injection/shapes.js'
import { type OpenDatabase, proofDatabases } from '../storages.js'
import { type OpenBodies, openBodies } from './open-bodies.js'
import { type Place, placesOf } from './places.js'
import { type BodyWorld, bodyRoute, bodyTargets, withNumber, withOthers } from './route-bodies.js'

type Target = (typeof bodyTargets)[number]

const customers = defineCollection('customers', {
  type: 'auth',
  fields: { company: text({ optional: true }), seats: number({ optional: true }) },
})

/** How many strings are tried, in bodies of as many routes, where it is not all at every place; others in each run. */
const sample = rounds({ test: 5, ci: 25, long: 0 })
const all = sample === 0

/** Once they are done, they cannot be done again with the same account, session or token. */
const ending: readonly string[] = [
  'refresh',
  'logout',
  'login',
  'updateMe',
  'changePassword',
  'updateUser',
  'replaceUser',
  'replaceUserInBody',
  'disableMember',
  'reassignDeleteUser',
  'reauthenticate',
]

/** Routes that make tables and columns, whose names requests say: nothing but letters, digits and `_`. */
const defining: readonly string[] = ['createCollection', 'updateCollection', 'migrateCollection']
/** A word of SQL that is a member of fields, too: with it, a field is made as it should be, and only once. */
const meansNoHarm = (target: Target, hostile: string): boolean =>
  defining.includes(target.name) && hostile === 'default'
const namesAside = (sql: string): string => sql.replaceAll(/(["`])[a-z0-9_$]+\1/g, '"name"')

describe.each(proofDatabases.slice(0, rounds({ test: 1, ci: 1, long: 3 })))(
  'what bodies say, on $name,',
  ({ open }) => {
    const random = seededRandom()
    const known = new Set<string>()
    let opened: OpenBodies
    let database: OpenDatabase
    let app: ProofApp
    let world: BodyWorld

    beforeAll(async () => {
      opened = await openBodies(open, customers)
      ;({ database, app, world } = opened)
    })

    afterAll(() => opened?.close())

    const placesNow = (target: Target): readonly Place[] => placesOf(withNumber(bodyRoute(world, target).body))

    /** What a request has the database do, and what becomes of it afterwards. */
    async function observe(target: Target, path: string, textOf: (place: Place) => string) {
      if (ending.includes(target.name)) world = await withOthers(app, world, ['users', 'customers'])
      const route = bodyRoute(world, target)
      const place = placesNow(target).find((each) => each.path === path)
      if (place === undefined) throw new Error(`there is no ${path} in the body of ${target.title}`)
      // What others have changed is read anew by whoever comes next: not by what is looked at.
      await app.send('GET', '/api/v1/roles?limit=1', { bearer: world.admin })
      const before = database.statements.length
      const sent = { body: place.put(textOf(place)), ...(route.bearer === undefined ? {} : { bearer: route.bearer }) }
      const got = await app.send(route.contract.method, route.path, sent)
      await app.settle()
      const shapes = database.statements.slice(before).map((sql) => {
        const shape = shapeOf(sql)
        return { sql, shape: defining.includes(target.name) ? namesAside(shape) : shape }
      })
      return { got, shapes }
    }

    /** What is sent by those who mean no harm: all kinds that a place may take, and one that is as long. */
    const harmless = (like: string): readonly ((place: Place) => string)[] => [
      ({ own }) => own ?? 'abc',
      () => like.replaceAll(/[^a-zA-Z0-9]/g, 'a').padEnd(1, 'a'),
      () => 'abc',
      () => `a${like.length}@example.test`,
      () => '123456',
      () => '01a2014d-b475-7215-8438-031c3b71c287',
      () => '',
    ]

    /** Looks whether harmless requests have the database do the same, as things are. */
    async function learn(target: Target, path: string, like: string, isKnown: () => boolean): Promise<void> {
      for (const textOf of harmless(like)) {
        // The second time, what the first one has made is there.
        for (let time = 0; time < 2 && !isKnown(); time += 1) {
          for (const { shape } of (await observe(target, path, textOf)).shapes) known.add(shape)
        }
      }
    }

    async function judge(target: Target, path: string, hostile: string): Promise<readonly string[]> {
      const where = `${target.title} with ${JSON.stringify(hostile)} at ${path}`
      const { got, shapes } = await observe(target, path, () => hostile)
      const wrong = got.status >= 500 ? [`${where} was answered with ${got.status}`] : []
      for (const { sql, shape } of shapes) {
        const isKnown = () => known.has(shape)
        // Where tables are made, their names are what is asked for: those aside, nothing of it is there.
        if ((defining.includes(target.name) ? shape : sql).toLowerCase().includes(marker))
          wrong.push(`${where} is part of ${sql}`)
        else if (!isKnown()) await learn(target, path, hostile, isKnown)
        if (!isKnown()) wrong.push(`${where} made ${sql}`)
      }
      return wrong
    }

    it(
      'never becomes part of a statement, which is of a shape that bodies have which mean no harm',
      async () => {
        const wrong: string[] = []
        const targets = all ? bodyTargets : Array.from({ length: sample }, () => random.pick(bodyTargets))
        for (const target of targets) {
          const paths = placesNow(target).map(({ path }) => path)
          const tries = all
            ? paths.flatMap((path) => hostileStrings.map((hostile) => [path, hostile] as const))
            : [[random.pick(paths), random.pick(hostileStrings)] as const]
          for (const [path, hostile] of tries) {
            if (wrong.length <= 10 && !meansNoHarm(target, hostile)) wrong.push(...(await judge(target, path, hostile)))
          }
        }
        expect(wrong, `CARDEA_TEST_SEED=${random.seed}`).toEqual([])
        expect(known.size).toBeGreaterThan(all ? 100 : 0)
      },
      timeLimit,
    )
  },
)
