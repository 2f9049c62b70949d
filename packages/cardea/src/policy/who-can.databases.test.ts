import { createUuidV7, secureRandom, systemClock } from '@cardea/core/crypto'
import { definePermissions, defineRoles } from '@cardea/permissions'
import { createStoredPolicy, type StoredPolicy, type WhoCanOptions } from '@cardea/permissions/stored'
import { type Storage, systemTables } from '@cardea/storage'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { labels, now, posts, randomAsker, randomRoles } from './random-policies.fixture.js'
import { type Member, writePolicy } from './write-policy.fixture.js'

const catalogue = definePermissions({ posts: ['read', 'update'], users: ['read', 'update'] })

/** So many roles give one permission that its holders are found in another way than those of the others. */
const readers = Object.fromEntries(
  Array.from({ length: 17 }, (_, index) => [`reader-${index}`, { permissions: ['posts:read'] as const }]),
)

/** Two roles of which nobody may use both, and the readers. They are there in every round, beside random ones. */
const declared = defineRoles(
  catalogue,
  { ...readers, payer: { permissions: ['posts:update'] }, approver: { permissions: ['posts:update', 'posts:read'] } },
  { separationOfDuty: [{ name: 'payments', roles: ['payer', 'approver'], fewerThan: 2, kind: 'dynamic' }] },
)

const members: fc.Arbitrary<readonly Member[]> = fc.array(
  fc.record({
    isActive: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    assignments: randomAsker.map(({ assignments }) => assignments),
    declared: fc.subarray(['payer', 'approver', 'reader-3']),
  }),
  { minLength: 6, maxLength: 12, size: 'max' },
)

const questions: fc.Arbitrary<{ readonly label: string; readonly options: WhoCanOptions }> = fc.record({
  label: fc.constantFrom(...labels),
  options: fc.record({
    tenant: fc.constantFrom('', 'acme', 'globex'),
    object: fc.constantFrom(undefined, undefined, ...posts),
    limit: fc.constantFrom(1, 2, 5, 50),
  }),
})

const settings = {
  numRuns: rounds({ test: 4, ci: 12, long: 300 }),
  ...(process.env['CARDEA_TEST_TIER'] === undefined ? { seed: 20_250_101 } : {}),
}

// What is particular to MySQL is little here, and making its tables takes long.
describe.each(firstWhereQuick(databases, 2))('whoCan on $name', ({ open }) => {
  let database: TestDatabase
  let storage: Storage
  let policy: StoredPolicy
  const createId = createUuidV7(systemClock, secureRandom)

  beforeAll(async () => {
    database = await open()
    storage = database.nodes[0]
    await storage.migrate(systemTables)
    policy = createStoredPolicy({ storage, clock: () => now, createId, catalogue, roles: declared })
    await policy.sync()
  })
  afterAll(async () => database?.close())

  async function readAll(label: string, options: WhoCanOptions): Promise<readonly object[]> {
    const found: object[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await policy.whoCan(label, { ...options, cursor })
      expect(page.principals.length).toBeLessThanOrEqual(options.limit ?? 50)
      found.push(...page.principals)
      if (page.cursor === null) return found
      cursor = page.cursor
    }
  }

  it('names exactly those of all principals who are active and can', async () => {
    const seen = { allowed: 0, conditional: 0, denied: 0, apart: 0 }
    await fc.assert(
      fc.asyncProperty(
        randomRoles({ strange: true }),
        members,
        fc.array(questions, { minLength: 4, maxLength: 4 }),
        async (roles, list, asked) => {
          const ids = await writePolicy({ storage, policy, createId }, roles, list)
          for (const { label, options } of asked) {
            const expected: object[] = []
            const giving = new Set((await policy.rolesWith(label, options)).map(({ roleId }) => roleId))
            for (const [index, { isActive, declared: both }] of list.entries()) {
              const id = ids[index] ?? ''
              const subject = await policy.subject(id, undefined, { tenant: options.tenant ?? '' })
              // Every label is one of the catalogue.
              const decision = subject.check(label as (typeof labels)[number], options.object)
              seen[decision] += 1
              if (both.includes('payer') && both.includes('approver')) seen.apart += 1
              const isYes = decision === 'allowed' || (decision === 'conditional' && options.object === undefined)
              // By design: who holds, for single objects, roles alone that deny outright what they give is told that it
              // depends on the object, but can for none, and so is not named.
              const acting = (await policy.assignmentsOf(id)).filter(
                ({ tenant }) => tenant === '' || tenant === options.tenant,
              )
              const isGiven = acting.some(({ roleId }) => giving.has(roleId))
              if (!isGiven) expect(decision).not.toBe('allowed')
              if (isActive && isYes && isGiven) expected.push({ principalId: id, decision })
            }
            expect(await readAll(label, options), JSON.stringify({ roles, list, label, options })).toEqual(
              expected.toSorted(byId),
            )
          }
        },
      ),
      settings,
    )
    expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([])
  })
})

const byId = (a: object, b: object): number =>
  String(Reflect.get(a, 'principalId')) < String(Reflect.get(b, 'principalId')) ? -1 : 1
