import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import { createStoredPolicy } from '@cardea/permissions/stored'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { createCardea } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ObservedDatabase } from '../plans/observed-database.js'
import { observedKinds } from '../plans/observed-kinds.js'
import { fillPolicy, grantsPerRole, type PolicySize } from './fill-policy.js'
import { type WatchedStorage, watchReads } from './watch-reads.js'

const size: PolicySize = {
  roles: rounds({ test: 60, ci: 1_020, long: 1_020 }),
  permissions: rounds({ test: 300, ci: 5_000, long: 5_000 }),
  users: rounds({ test: 500, ci: 5_000, long: 100_000 }),
}

const now = Date.UTC(2026, 0, 15, 10)
const quiet = () => undefined

describe.each(firstWhereQuick(observedKinds))('a large policy on $name', (kind) => {
  let database: ObservedDatabase
  let watched: WatchedStorage
  let auth: ReturnType<typeof start>
  /** Those who ask, each with a role of the third level. */
  const people: { readonly id: string; readonly token: string; readonly role: number }[] = []

  /** What answers have left to be done, as after a sign-in: it is no part of what is counted. */
  const pending = new Set<Promise<unknown>>()
  const settle = async (): Promise<void> => {
    await Promise.all(pending)
    pending.clear()
  }

  const start = () =>
    createCardea({
      ...cmsPreset,
      storage: watched.storage,
      clock: () => now,
      secret: 'a secret of the tests, long enough for them',
      baseUrl: 'https://app.test',
      environment: 'test',
      passwords: { memoryKibibytes: 64, iterations: 1 },
      logger: { info: quiet, warn: quiet, error: quiet },
      background: (work) => pending.add(work),
    })

  /** What a guarded route does. */
  const ask = async (token: string, permission: string): Promise<boolean> => {
    const result = await auth.sessions.verify({ cookieToken: token })
    if (!result.authenticated) throw new Error(result.code)
    return (await auth.permissions.subject(result.authentication)).canUnchecked(permission)
  }
  const statementsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = database.executed.length
    await work()
    return database.executed.slice(before).map(({ sql }) => sql)
  }

  beforeAll(async () => {
    database = await kind.open()
    watched = watchReads(database.storage)
    auth = start()
    await auth.migrate()
    await auth.ready()
    await fillPolicy(database, size)
    for (const [number, role] of [size.roles - 1, size.roles - 2, size.roles - 3].entries()) {
      const account = { email: `p${number}@app.test`, password: 'correct horse battery' }
      await auth.users.register(account)
      const { user, cookieToken = '' } = await auth.users.login(account)
      await auth.permissions.assign(user.id, `role${role}`)
      people.push({ id: user.id, token: cookieToken, role })
    }
    await settle()
  }, 240_000)

  afterAll(async () => {
    await auth?.close()
    await database?.close()
  })

  it('reads the policy once, and of the assignments those of who asks', async () => {
    const reads: Readonly<Record<string, number>>[] = []
    for (const { token, role } of people) reads.push(await watched.readBy(() => ask(token, `filled${role}:read`)))
    // Viewers with one more role each.
    expect(reads.map((read) => read['cardea_role_assignments'])).toEqual([2, 2, 2])
    expect(Object.keys(Object.assign({}, ...reads.slice(1)))).toEqual(['cardea_role_assignments'])
    const [somebody] = people
    const read = await watched.readBy(() => ask(somebody?.token ?? '', 'filled0:read'))
    expect(read).toEqual({})
  })

  it('takes one statement for a request that is signed in and allowed', async () => {
    for (const { token, role } of people) {
      const own = `filled${role % size.permissions}:read`
      let allowed = false
      const statements = await statementsOf(async () => {
        allowed = await ask(token, own)
      })
      expect(allowed).toBe(true)
      expect(statements).toHaveLength(1)
    }
  })

  it('reads with the next request what a role edit changed, of this role alone', async () => {
    const [who, other] = people
    if (who === undefined || other === undefined) throw new Error('nobody asks')
    const { permissions: catalogue, roles } = cmsPreset
    const createId = createUuidV7(() => now, secureRandom)
    const elsewhere = createStoredPolicy({ storage: database.storage, clock: () => now, createId, catalogue, roles })
    const target = `filled${(who.role + 1) % size.permissions}:read`
    expect(await ask(who.token, target)).toBe(false)

    await elsewhere.grant(`role${who.role}`, target)
    let allowed = false
    const read = await watched.readBy(async () => {
      allowed = await ask(who.token, target)
    })
    expect(allowed).toBe(true)
    expect(read).toMatchObject({ cardea_role_permissions: grantsPerRole + 1, cardea_role_parents: 1 })
    // Who holds what is as it was.
    expect(read).not.toHaveProperty('cardea_role_assignments')

    const after = await watched.readBy(() => ask(other.token, target))
    expect(after).toEqual({})
    expect(await statementsOf(() => ask(who.token, target))).toHaveLength(1)
  })
})
