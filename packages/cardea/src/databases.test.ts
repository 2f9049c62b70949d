import { matches } from '@cardea/core'
import { identifiers, principals, sessions } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from './databases.fixture.js'
import { createTestCardea, jane } from './testing.fixture.js'
import { closeTwoNodes, openTwoNodes, type TwoNodes } from './two-nodes.fixture.js'

const repeats = rounds({ test: 2, ci: 4, long: 200 })

describe.each(databases)('cardea on $name', ({ open }) => {
  let database: TestDatabase
  /** The only one at the moment. */
  let admin: string
  let nodes: TwoNodes['nodes']

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
    const first = await nodes[0].auth.createFirstAdmin({ ...jane, email: 'admin@example.com', username: 'admin' })
    admin = first.id
  })

  afterAll(() => closeTwoNodes({ database, nodes }))

  /** One of two nodes, in turn. */
  const node = (index: number) => (index % 2 === 0 ? nodes[0].auth : nodes[1].auth)
  let accounts = 0
  const account = () => {
    accounts += 1
    return { email: `user${accounts}@example.com`, password: 'a good password', username: `user${accounts}`, name: 'U' }
  }
  const signUp = async () => {
    const own = account()
    const registered = await nodes[0].auth.users.register(own)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    return { ...own, ...registered.signIn }
  }
  /** What the first node executed while work ran, without BEGIN and COMMIT. */
  const statementsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    await nodes[0].settle()
    const before = database.statements.length
    await work()
    await nodes[0].settle()
    return database.statements.slice(before).flatMap(({ kind, sql }) => (kind === 'statement' ? [sql] : []))
  }

  describe('statements', () => {
    it('are 1 for a request that is authenticated and authorized, by cookie and by access token', async () => {
      const { cookieToken = '', accessToken = '' } = await signUp()
      for (const credential of [{ cookieToken }, { accessToken }]) {
        const statements = await statementsOf(async () => {
          const result = await nodes[0].auth.sessions.verify(credential)
          if (!result.authenticated) throw new Error(result.code)
          expect((await nodes[0].auth.permissions.subject(result.authentication)).can('content:read')).toBe(true)
        })
        expect(statements).toHaveLength(1)
      }
    })

    it('are at most 6 for a sign-in and 3 for a refresh', async () => {
      const { email, password, refreshToken = '' } = await signUp()
      const signingIn = await statementsOf(() => nodes[0].auth.users.login({ email, password }))
      expect(signingIn.length).toBeLessThanOrEqual(6)
      const refreshing = await statementsOf(() => nodes[0].auth.users.refresh(refreshToken))
      expect(refreshing.length).toBeLessThanOrEqual(3)
    })

    it('never hold a value', async () => {
      const { email, password, cookieToken, accessToken } = await signUp()
      const text = database.statements.map(({ sql }) => sql).join('\n')
      for (const value of [email, password, cookieToken, accessToken]) expect(text).not.toContain(value)
    })
  })

  describe('with', () => {
    it('leaves nothing behind when the app rolls back', async () => {
      const own = account()
      const count = () => Promise.all([principals, identifiers, sessions].map((table) => nodes[0].storage.count(table)))
      const before = await count()
      const events = nodes[0].events.length
      const trx = await database.app.startTransaction().execute()
      const inside = nodes[0].auth.with(trx)
      const registered = await inside.users.register(own)
      if (registered.status !== 'signed_in') throw new Error('not signed in')
      await inside.permissions.assign(registered.signIn.user.id, 'editor')
      expect((await inside.permissions.subject(registered.signIn.user.id)).can('content:create')).toBe(true)
      await trx.insertInto('orders').values({ buyer: registered.signIn.user.id }).execute()
      await trx.rollback().execute()

      expect(await count()).toEqual(before)
      expect(nodes[0].events).toHaveLength(events)
      await expect(nodes[0].auth.users.login({ email: own.email, password: own.password })).rejects.toMatchObject({
        code: 'invalid_credentials',
      })
      expect(await database.app.selectFrom('orders').selectAll().execute()).toEqual([])
    })

    it('shows everything once the app commits, and reports when told', async () => {
      const own = account()
      const trx = await database.app.startTransaction().execute()
      const inside = nodes[0].auth.with(trx)
      const registered = await inside.users.register(own)
      if (registered.status !== 'signed_in') throw new Error('not signed in')
      const { id } = registered.signIn.user
      const reported = () =>
        nodes[0].events.some(({ type, principalId }) => type === 'user.registered' && principalId === id)
      await trx.commit().execute()
      expect(reported()).toBe(false)
      inside.committed()
      expect(reported()).toBe(true)
      await nodes[1].auth.users.login({ email: own.email, password: own.password })
    })

    it('lets the app go on after an error that it handles', async () => {
      const taken = await signUp()
      const trx = await database.app.startTransaction().execute()
      const inside = nodes[0].auth.with(trx)
      await expect(inside.users.register({ ...account(), email: taken.email })).rejects.toMatchObject({
        code: 'email_taken',
      })
      const own = account()
      await inside.users.register(own)
      await trx.commit().execute()
      await nodes[0].auth.users.login({ email: own.email, password: own.password })
    })

    it('undoes nothing that it has answered, when several calls run at once', async () => {
      for (let round = 0; round < repeats * 3; round += 1) {
        const taken = await signUp()
        const trx = await database.app.startTransaction().execute()
        const inside = nodes[0].auth.with(trx)
        const own = account()
        const [ended, , made] = await Promise.allSettled([
          inside.sessions.revoke(taken.user.id, taken.session.id),
          inside.users.register({ ...account(), email: taken.email }),
          inside.users.register(own),
          inside.sessions.find(taken.session.id),
        ])
        await trx.commit().execute()
        expect([ended, made.status]).toEqual([{ status: 'fulfilled', value: true }, 'fulfilled'])
        expect((await nodes[1].auth.sessions.verify({ cookieToken: taken.cookieToken ?? '' })).authenticated).toBe(
          false,
        )
        await nodes[1].auth.users.login({ email: own.email, password: own.password })
      }
    })

    it('refuses what is no transaction', () => {
      for (const wrong of [undefined, {}, database.app]) {
        expect(() => nodes[0].auth.with(wrong)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
      }
    })
  })

  describe('races on two nodes', () => {
    it('give an address to one of 20 registrations', async () => {
      for (let round = 0; round < repeats; round += 1) {
        const { email } = account()
        const attempts = Array.from({ length: 20 }, (_, index) => node(index).users.register({ ...account(), email }))
        const results = await Promise.allSettled(attempts)
        const codes = results.map((result) => (result.status === 'fulfilled' ? 'made' : result.reason.code)).sort()
        expect(codes).toEqual([...Array<string>(19).fill('email_taken'), 'made'])
      }
    })

    it('never leave a live session behind a password that was changed', async () => {
      for (let round = 0; round < repeats; round += 1) {
        const { email, password, user } = await signUp()
        const attempts = Array.from({ length: 8 }, (_, index) => node(index).users.login({ email, password }))
        const [changed, ...signIns] = await Promise.allSettled([
          node(round).users.setPassword(user.id, 'another password'),
          ...attempts,
        ])
        expect(changed.status).toBe('fulfilled')
        for (const result of signIns) {
          if (result.status === 'rejected') expect(result.reason.code).toBe('invalid_credentials')
          else {
            // The type of a settled list is that of all its members.
            const { cookieToken = '' } = result.value as { readonly cookieToken?: string }
            expect((await node(round + 1).sessions.verify({ cookieToken })).authenticated).toBe(false)
          }
        }
        await node(round).users.login({ email, password: 'another password' })
      }
    })

    it('keep one username per user, the one that its record shows', async () => {
      for (let round = 0; round < repeats; round += 1) {
        const { user, password } = await signUp()
        // Without a name, each of the changes would add one.
        if (round % 2 === 0) await nodes[0].auth.users.update(user.id, { username: null })
        const names = Array.from({ length: 6 }, (_, index) => `${user.username}_${index}`)
        await Promise.allSettled([
          ...names.map((username, index) => node(index).users.update(user.id, { username })),
          ...(round % 2 === 0 ? [] : [node(round).users.update(user.id, { username: null })]),
        ])
        const { username } = (await nodes[0].auth.users.find(user.id)) ?? {}
        const kept = await nodes[0].storage.find(identifiers, {
          where: matches({ principal_id: user.id, kind: 'username' }),
          limit: 'all',
        })
        expect(kept.map(({ key }) => key)).toEqual(typeof username === 'string' ? [username] : [])
        if (typeof username === 'string') await nodes[1].auth.users.login({ username, password })
      }
    })

    it('let one of 10 changes of a password through', async () => {
      for (let round = 0; round < repeats; round += 1) {
        const { email, password, cookieToken = '' } = await signUp()
        const verified = await nodes[0].auth.sessions.verify({ cookieToken })
        if (!verified.authenticated) throw new Error(verified.code)
        const results = await Promise.allSettled(
          Array.from({ length: 10 }, (_, index) =>
            node(index).users.changePassword(verified.authentication, {
              currentPassword: password,
              newPassword: `new password ${index}`,
            }),
          ),
        )
        const winner = results.findIndex(({ status }) => status === 'fulfilled')
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        await nodes[1].auth.users.login({ email, password: `new password ${winner}` })
      }
    })

    it('give 50 refreshes of one token one successor', async () => {
      for (let round = 0; round < repeats; round += 1) {
        const { refreshToken = '' } = await signUp()
        const refreshed = await Promise.all(
          Array.from({ length: 50 }, (_, index) => node(index).users.refresh(refreshToken)),
        )
        expect(new Set(refreshed.map((one) => one.refreshToken)).size).toBe(1)
      }
    })

    it('keep one of two admins that take the role from each other', async () => {
      for (let round = 0; round < repeats; round += 1) {
        const [first, second] = [await signUp(), await signUp()]
        await nodes[0].auth.permissions.assign(first.user.id, 'admin')
        await nodes[0].auth.permissions.assign(second.user.id, 'admin')
        await nodes[0].auth.permissions.unassign(admin, 'admin')
        const results = await Promise.allSettled([
          nodes[0].auth.permissions.unassign(first.user.id, 'admin'),
          nodes[1].auth.users.disable(second.user.id),
        ])
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect(results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))).toEqual([
          'last_admin',
        ])
        expect(await nodes[1].auth.permissions.hasAdmin()).toBe(true)
        admin = results[0].status === 'rejected' ? first.user.id : second.user.id
      }
    })

    it('let a role act on the very next request of the other node', async () => {
      const { user, cookieToken = '' } = await signUp()
      const allowed = async (index: number) => {
        const result = await node(index).sessions.verify({ cookieToken })
        if (!result.authenticated) throw new Error(result.code)
        return (await node(index).permissions.subject(result.authentication)).can('content:create')
      }
      for (let round = 0; round < repeats * 5; round += 1) {
        await node(round).permissions.assign(user.id, 'editor')
        expect([await allowed(round + 1), await allowed(round)]).toEqual([true, true])
        await node(round).permissions.unassign(user.id, 'editor')
        expect([await allowed(round + 1), await allowed(round)]).toEqual([false, false])
      }
    })
  })

  it('answers 100 callers at once through one connection', async () => {
    const { email, password, user, cookieToken = '' } = await signUp()
    const { auth } = nodes[1]
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, async (_, index) => {
        if (index % 10 === 0) return (await auth.users.login({ email, password })).user.id
        if (index % 10 === 1) return (await auth.users.update(user.id, { name: `N${index}` })).id
        return (await auth.sessions.verify({ cookieToken })).authenticated
      }),
    )
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([])
  })

  it('gives an empty database one first admin, of 10 attempts on two nodes', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const empty = await open()
      const fresh = empty.nodes.map((storage) => createTestCardea({ storage }).auth)
      await fresh[0]?.migrate()
      await Promise.all(fresh.map((auth) => auth.ready()))
      const attempts = Array.from(
        { length: 10 },
        async (_, index) => await fresh[index % 2]?.createFirstAdmin(account()),
      )
      const results = await Promise.allSettled(attempts)
      await empty.close()
      const codes = results.map((result) => (result.status === 'fulfilled' ? 'made' : result.reason.code)).sort()
      expect(codes).toEqual([...Array<string>(9).fill('conflict'), 'made'])
    }
  })

  it('ends the sessions of a principal whose record somebody deletes behind our back', async () => {
    const { user, cookieToken = '' } = await signUp()
    // The app's own statement on the collection's table.
    const { sql } = await import('kysely')
    await sql`delete from auth_users where id = ${user.id}`.execute(database.app)
    expect((await nodes[0].auth.sessions.verify({ cookieToken })).authenticated).toBe(false)
  })
})
