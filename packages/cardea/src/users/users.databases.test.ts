import { eq } from '@cardea/core'
import { audit, limits, principals, roleAssignments, systemTables } from '@cardea/storage'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ListPlace } from '../api/users.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { byKey, codeOf, createUsersApp, type Person, password, person, type UsersApp } from './users.fixture.js'

const repeats = rounds({ test: 2, ci: 4, long: 100 })
const next = 'another horse battery'

describe.each(firstWhereQuick(databases))('administration of users on $name', ({ name, open }) => {
  let database: TestDatabase
  let app: UsersApp
  let other: UsersApp

  beforeAll(async () => {
    database = await open()
    app = createUsersApp(database.nodes[0], { mail: true })
    other = createUsersApp(database.nodes[1], { mail: true })
    await app.auth.migrate()
    await Promise.all([app.auth.ready(), other.auth.ready()])
  })

  afterAll(async () => {
    await app?.settle()
    await other?.settle()
    await Promise.all([app?.auth.close(), other?.auth.close()])
    await database?.close()
  })

  /** All rows of all tables, to see that nothing was written. */
  const rows = async (): Promise<string> => {
    await app.settle()
    const tables = systemTables.filter((table) => table.name !== limits.name && table.name !== audit.name)
    const found = await Promise.all(tables.map((table) => app.storage.find(table, { limit: 'all' })))
    return JSON.stringify(found)
  }
  /** Leaves these as the only ones with full access. */
  const onlyAdmins = async (...people: readonly Person[]): Promise<void> => {
    for (const { id } of people) await app.auth.permissions.assign(id, 'admin')
    const admin = await app.auth.permissions.rolesOf(people[0]?.id ?? '')
    const roleId = admin.find(({ label }) => label === 'admin')?.id ?? ''
    for (const row of await app.storage.find(roleAssignments, { where: eq('role_id', roleId), limit: 'all' })) {
      if (people.some(({ id }) => id === row.principal_id)) continue
      await app.storage.delete(roleAssignments, eq('id', row.id))
      await app.storage.update(principals, { where: eq('id', row.principal_id), increment: { authz_version: 1 } })
    }
  }
  /** Of the first node, without BEGIN and COMMIT. */
  const statements = (): number => database.statements.filter(({ kind }) => kind === 'statement').length
  const isAdmin = async ({ id }: Person): Promise<boolean> =>
    (await app.auth.permissions.rolesOf(id)).some(({ label }) => label === 'admin')
  const canSignIn = async ({ email }: Person, word = password): Promise<boolean> =>
    (await codeOf(app.auth.users.login({ email, password: word }))) === 'none'

  it('lists by a fixed number of statements, with the roles of all', async () => {
    const people = [await person(app), await person(app, 'clerk'), await person(app, null)]
    const ids = people.map(({ id }) => id)
    await app.settle()
    const before = statements()
    const { items, next: more } = await app.auth.users.list({ filter: { id: { in: ids } }, sort: ['email'] })
    expect(statements() - before).toBe(3)
    expect(more).toBeNull()
    expect(items.map(({ id, role, roles, status }) => [id, role, roles, status])).toEqual([
      [ids[0], 'member', ['member'], 'active'],
      [ids[1], 'clerk', ['clerk'], 'active'],
      [ids[2], null, [], 'active'],
    ])
    expect(JSON.stringify(items)).not.toMatch(/hash|argon2|epoch/)
    expect(await app.auth.users.count({ filter: { id: { in: ids } } })).toBe(3)
  })

  it('finds an address in whatever case it is written, by an index, and shows who is disabled', async () => {
    const { id, email } = await person(app)
    await app.auth.users.disable(id)
    const { items } = await app.auth.users.list({ filter: { email: { eq: email.toUpperCase() } } })
    expect(items.map((user) => [user.id, user.status])).toEqual([[id, 'disabled']])
    expect((await app.auth.users.list({ filter: { email: { eq: 'nobody' } } })).items).toEqual([])
  })

  it('walks through all by places, in an order with nulls and equal values', async () => {
    const tag = `walk-${name.length}`
    const ids: string[] = []
    for (const word of ['b', null, 'a', 'b', null, 'c']) {
      const { id } = await person(app)
      ids.push(id)
      await app.auth.users.change(id, { name: word === null ? null : `${tag} ${word}` })
    }
    for (const sort of [['name'], ['-name'], ['name', '-username'], ['-created_at', 'name']]) {
      const filter = { id: { in: ids } }
      const whole = await app.auth.users.list({ filter, sort, limit: 100 })
      const seen: string[] = []
      let after: ListPlace | undefined
      for (let round = 0; round < 10; round += 1) {
        const page = await app.auth.users.list({ filter, sort, limit: 2, ...(after === undefined ? {} : { after }) })
        seen.push(...page.items.map(({ id }) => id))
        if (page.next === null) break
        after = page.next
      }
      expect(seen).toEqual(whole.items.map(({ id }) => id))
      expect(seen).toHaveLength(6)
    }
    const byName = await app.auth.users.list({ filter: { id: { in: ids } }, sort: ['name'] })
    expect(byName.items.map((user) => user.name?.slice(-1) ?? null)).toEqual([null, null, 'a', 'b', 'b', 'c'])
    expect((await app.auth.users.list({ filter: { id: { in: ids } }, search: `${tag} a` })).items).toHaveLength(1)
  })

  it('tells all that hangs on users by seven statements, however many they are, and no secret', async () => {
    const people = [await person(app), await person(app)]
    for (const { id } of people) {
      await app.auth.apiKeys.create({ principalId: id, label: 'a key' })
      await app.auth.users.login({ email: people[0]?.email ?? '', password })
    }
    await app.settle()
    const ids = people.map(({ id }) => id)
    const before = statements()
    const { items } = await app.auth.users.profiles({ filter: { id: { in: ids } }, sort: ['email'] })
    expect(statements() - before).toBe(7)
    expect(items.map((one) => [one.user.id, one.sessions.length, one.apiKeys.length])).toEqual([
      [ids[0], 3, 1],
      [ids[1], 1, 1],
    ])
    expect(items[0]?.sessions.map(({ id }) => id)).toEqual(
      (await app.auth.sessions.list(ids[0] ?? '')).map(({ id }) => id),
    )
    await app.auth.users.change(ids[0] ?? '', { password: next })
    expect((await app.auth.users.profiles({ filter: { id: { eq: ids[0] ?? '' } } })).items[0]?.sessions).toEqual([])
  })

  it('changes everything at once: identifiers, notices, sessions, roles', async () => {
    const admin = await person(app, 'admin')
    const target = await person(app)
    await app.auth.users.change(target.id, { verified: true })
    app.mailbox.clear()
    app.events.length = 0
    const changed = await app.auth.users.change(
      target.id,
      { email: `New-${target.email}`, username: `${target.username}-new`, name: 'New', password: next, role: 'clerk' },
      { by: admin.by },
    )
    expect(changed).toMatchObject({
      email: `new-${target.email}`,
      username: `${target.username}-new`,
      name: 'New',
      role: 'clerk',
      roles: ['clerk'],
      verified: false,
      status: 'active',
    })
    expect((await app.auth.verify({ bearerToken: target.accessToken })).authenticated).toBe(false)
    expect(await canSignIn(target)).toBe(false)
    expect(await canSignIn({ ...target, email: changed.email }, next)).toBe(true)
    expect(app.events.slice(0, 6).map(({ type, actorId, principalId }) => [type, actorId, principalId])).toEqual(
      [
        'user.updated',
        'identifier.changed',
        'email.changed',
        'password.changed',
        'role.unassigned',
        'role.assigned',
      ].map((type) => [type, admin.id, target.id]),
    )
    await app.settle()
    await app.auth.jobs.run()
    const told = app.mailbox.list().filter(({ to }) => to === target.email)
    expect(told.map(({ subject }) => subject).sort()).toEqual([
      expect.stringMatching(/address/),
      expect.stringMatching(/password/),
    ])
  })

  it('takes what is sent as it is for no change, and needs no right for it', async () => {
    const clerk = await person(app, 'clerk')
    const admin = await person(app, 'admin')
    const whole = { email: admin.email, username: admin.username, role: 'admin', password: '', verified: false }
    const before = await rows()
    expect(await codeOf(app.auth.users.change(admin.id, whole, { by: clerk.by }))).toBe('none')
    expect(await rows()).toBe(before)
    expect(await codeOf(app.auth.users.change(admin.id, { ...whole, name: 'Boss' }, { by: clerk.by }))).toBe('none')
    expect((await app.auth.verify({ bearerToken: admin.accessToken })).authenticated).toBe(true)
  })

  it('does not let users:update become an admin, by any way', async () => {
    const admin = await person(app, 'admin')
    const author = await person(app, 'author')
    const link = await app.auth.users.create(
      { email: `fine${name.length}@example.test`, password },
      { role: 'member', by: admin.by },
    )
    const clerks = [await person(app, 'clerk')]
    // A key of an admin that was made for users has no more rights than that.
    const keyed = await byKey(app, admin, ['users:*', 'content:read'])
    const before = await rows()
    for (const by of [...clerks.map((clerk) => clerk.by), keyed]) {
      for (const target of [admin, author]) {
        const changes = [
          { password: next },
          { email: 'taken-over@example.test' },
          { username: 'renamed' },
          { role: 'member' },
          { role: null },
          { status: 'disabled' as const },
        ]
        for (const change of changes) {
          expect([change, await codeOf(app.auth.users.change(target.id, change, { by }))]).toEqual([
            change,
            'forbidden',
          ])
        }
        expect(await codeOf(app.auth.users.delete(target.id, { by }))).toBe('forbidden')
        expect(await codeOf(app.auth.users.disable(target.id, { by }))).toBe('forbidden')
        expect(await codeOf(app.auth.users.reassignAndDelete(target.id, link.id, { by }))).toBe('forbidden')
      }
      // Nor to give away, to others or to itself, what it does not have.
      const { principalId } = by
      for (const id of [link.id, principalId]) {
        for (const role of id === admin.id ? ['author', 'steward'] : ['admin', 'author', 'steward']) {
          expect([role, await codeOf(app.auth.users.change(id, { role }, { by }))]).toEqual([role, 'forbidden'])
        }
      }
      for (const role of ['admin', 'author', 'steward']) {
        const input = { email: 'new@example.test', password }
        expect(await codeOf(app.auth.users.create(input, { role, by }))).toBe('forbidden')
      }
    }
    // Whom it has all rights of, it administers.
    const [clerk] = clerks
    if (clerk === undefined) throw new Error('nobody')
    expect(await codeOf(app.auth.users.change(link.id, { verified: true }, { by: clerk.by }))).toBe('forbidden')
    expect(await rows()).toBe(before)
    expect(await codeOf(app.auth.users.change(link.id, { password: next, role: 'clerk' }, { by: clerk.by }))).toBe(
      'none',
    )
    expect(await codeOf(app.auth.users.delete(link.id, { by: clerk.by }))).toBe('none')
  })

  it('has one change what oneself signs in with in person only', async () => {
    const steward = await person(app, 'steward')
    const key = await byKey(app, steward, null)
    expect(await codeOf(app.auth.users.change(steward.id, { username: 'renamed' }, { by: key }))).toBe('forbidden')
    const changes = [{ password: next }, { email: `own-${steward.email}` }, { status: 'disabled' as const }]
    app.clock.at += 601_000
    for (const change of changes) {
      expect(await codeOf(app.auth.users.change(steward.id, change, { by: steward.by }))).toBe(
        'reauthentication_required',
      )
      expect(await codeOf(app.auth.users.change(steward.id, change, { by: key }))).toBe('forbidden')
    }
    expect(await codeOf(app.auth.users.delete(steward.id, { by: steward.by }))).toBe('reauthentication_required')
    expect(await codeOf(app.auth.users.delete(steward.id, { by: key }))).toBe('forbidden')
    app.clock.at -= 600_000
    expect(await codeOf(app.auth.users.change(steward.id, { password: next }, { by: steward.by }))).toBe('none')
    expect((await app.auth.verify({ bearerToken: steward.accessToken })).authenticated).toBe(false)
    expect(await canSignIn(steward, next)).toBe(true)
  })

  it('refuses who has just been disabled, or acts with a session that has ended', async () => {
    const [clerk, target] = [await person(app, 'clerk'), await person(app)]
    await app.auth.users.disable(clerk.id)
    expect(await codeOf(app.auth.users.change(target.id, { name: 'x' }, { by: clerk.by }))).toBe('forbidden')
    expect(await codeOf(app.auth.users.delete(target.id, { by: clerk.by }))).toBe('forbidden')
    const input = { email: 'late@example.test', password }
    expect(await codeOf(app.auth.users.create(input, { by: clerk.by }))).toBe('forbidden')
  })

  it('leaves one of two admins who take each other away at once, in every way', async () => {
    const ways = [
      (node: UsersApp, by: Person, target: Person) =>
        node.auth.users.change(target.id, { role: 'member' }, { by: by.by }),
      (node: UsersApp, by: Person, target: Person) =>
        node.auth.users.change(target.id, { status: 'disabled' }, { by: by.by }),
      (node: UsersApp, by: Person, target: Person) => node.auth.users.delete(target.id, { by: by.by }),
      (node: UsersApp, by: Person, target: Person) => node.auth.users.disable(target.id, { by: by.by }),
      (node: UsersApp, by: Person, target: Person) =>
        node.auth.users.reassignAndDelete(target.id, by.id, { by: by.by }),
      (node: UsersApp, by: Person, target: Person) => node.auth.permissions.unassign(target.id, 'admin', { by: by.by }),
      (node: UsersApp, by: Person, target: Person) =>
        node.auth.permissions.assign(target.id, 'admin', { by: by.by, expiresAt: node.clock.at + 1 }),
      async (node: UsersApp, by: Person, target: Person) => {
        const [held] = await node.auth.permissions.assignments.list({ principalId: target.id, role: 'admin' })
        await node.auth.permissions.assignments.remove(held?.id ?? '', { by: by.by })
      },
    ]
    for (let round = 0; round < repeats * ways.length; round += 1) {
      const [one, two] = [await person(app), await person(app)]
      await onlyAdmins(one, two)
      const first = ways[round % ways.length] ?? ways[0]
      const second = ways[(round + Math.floor(round / ways.length)) % ways.length] ?? ways[0]
      if (first === undefined || second === undefined) throw new Error('no way')
      const codes = await Promise.all([codeOf(first(app, one, two)), codeOf(second(other, two, one))])
      expect(codes.filter((code) => code === 'none')).toHaveLength(1)
      // The second has no rights any more, or is the last.
      expect(['forbidden', 'last_admin', 'not_found']).toContain(codes.find((code) => code !== 'none'))
      for (const node of [app, other]) node.clock.at += 1
      expect(await app.auth.permissions.hasAdmin()).toBe(true)
    }
  })

  it('leaves one of two admins who demote each other at once, also where there is a third', async () => {
    const third = await person(app)
    for (let round = 0; round < repeats; round += 1) {
      const [one, two] = [await person(app), await person(app)]
      await onlyAdmins(one, two, third)
      const codes = await Promise.all([
        codeOf(app.auth.users.change(two.id, { role: 'member' }, { by: one.by })),
        codeOf(other.auth.users.change(one.id, { role: 'member' }, { by: two.by })),
      ])
      expect(codes.sort()).toEqual(['forbidden', 'none'])
      expect([await isAdmin(one), await isAdmin(two)].sort()).toEqual([false, true])
    }
  })

  it('gives an address to one of two that ask for it at once', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const people = [await person(app), await person(app)]
      const email = `wanted${round}-${name.length}@example.test`
      const codes = await Promise.all(
        people.map(({ id }, index) => codeOf((index === 0 ? app : other).auth.users.change(id, { email }))),
      )
      expect(codes.sort()).toEqual(['email_taken', 'none'])
    }
  })

  it('gives what somebody owned to another and deletes, both or neither', async () => {
    const [leaving, staying, bystander] = [await person(app), await person(app), await person(app)]
    const rowsOf = async ({ id }: Person) =>
      (await database.app.selectFrom('orders').selectAll().where('buyer', '=', id).execute()).length
    const buy = ({ id }: Person) => database.app.insertInto('orders').values({ buyer: id }).execute()
    for (const buyer of [leaving, leaving, leaving, staying, bystander]) await buy(buyer)
    await onlyAdmins(bystander)

    // Refused at the very end: the rows have not moved.
    expect(await codeOf(app.auth.users.reassignAndDelete(bystander.id, staying.id))).toBe('last_admin')
    expect(await codeOf(app.auth.users.reassignAndDelete(leaving.id, '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'))).toBe(
      'not_found',
    )
    expect(await codeOf(app.auth.users.reassignAndDelete(leaving.id, leaving.id))).toBe('invalid_request')
    expect([await rowsOf(leaving), await rowsOf(staying), await rowsOf(bystander)]).toEqual([3, 1, 1])

    expect(await app.auth.users.reassignAndDelete(leaving.id, staying.id)).toEqual({ reassigned: { orders: 3 } })
    expect([await rowsOf(leaving), await rowsOf(staying), await rowsOf(bystander)]).toEqual([0, 4, 1])
    expect(await app.auth.users.find(leaving.id)).toBeUndefined()
    expect(await codeOf(app.auth.users.reassignAndDelete(leaving.id, staying.id))).toBe('not_found')
  })

  it('gives the rows of two who take each other over at once to one of them', async () => {
    const admin = await person(app)
    await onlyAdmins(admin)
    for (let round = 0; round < repeats; round += 1) {
      const [one, two] = [await person(app), await person(app)]
      for (const { id } of [one, two]) await database.app.insertInto('orders').values({ buyer: id }).execute()
      const codes = await Promise.all([
        codeOf(app.auth.users.reassignAndDelete(one.id, two.id)),
        codeOf(other.auth.users.reassignAndDelete(two.id, one.id)),
      ])
      expect(codes.sort()).toEqual(['none', 'not_found'])
      const left = (await app.auth.users.find(one.id)) === undefined ? two : one
      const owned = await database.app.selectFrom('orders').selectAll().where('buyer', '=', left.id).execute()
      expect(owned).toHaveLength(2)
    }
  })

  it('says which table of `ownership` is not there, at start and in the doctor', async () => {
    expect(app.logger.lines.filter((line) => line.includes('ownership'))).toEqual([])
    expect((await app.auth.doctor()).checks).toContainEqual(
      expect.objectContaining({ name: 'ownership', status: 'ok' }),
    )
    const { createCardea } = await import('../create-cardea.js')
    const lines: string[] = []
    const write = (message: string) => lines.push(message)
    const auth = createCardea({
      storage: app.storage,
      secret: 'a secret for tests: 0f9e8d7c6b5a4938',
      environment: 'test',
      ownership: [
        { table: 'orders', column: 'seller' },
        { table: 'invoices', column: 'buyer' },
      ],
      logger: { info: write, warn: write, error: write },
    })
    await auth.ready()
    expect(lines.filter((line) => line.startsWith('ownership'))).toEqual([
      'ownership: there is no table orders with a column seller',
      'ownership: there is no table invoices with a column buyer',
    ])
    const problems = (await auth.doctor()).checks.filter((check) => check.name === 'ownership')
    expect(problems.map(({ status }) => status)).toEqual(['problem', 'problem'])
  })
})
