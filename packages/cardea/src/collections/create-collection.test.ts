import { eq, matches } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { authz, collections, defineTable, permissions, type Storage, text as textColumn } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppTables, databases, type TestDatabase } from '../databases.fixture.js'
import { createTestCardea, jane } from '../testing.fixture.js'
import { closeTwoNodes, openTwoNodes, type TwoNodes } from '../two-nodes.fixture.js'

const repeats = rounds({ test: 1, ci: 3, long: 50 })
const password = 'a good password'

let names = 0
/** A definition that nobody has sent before. */
const fresh = (more: object = {}) => {
  names += 1
  return {
    name: `members_${names}`,
    type: 'auth',
    schema: {
      fields: [
        { name: 'company', type: 'text' },
        { name: 'phone', type: 'text', unique: true },
      ],
    },
    ...more,
  }
}

/** A storage of which some verbs do something else first. */
const before = (storage: Storage, hooks: Partial<Pick<Storage, 'migrate' | 'transaction' | 'update'>>): Storage => ({
  ...storage,
  ...hooks,
})

describe.each(firstWhereQuick(databases))('definitions.create on $name', ({ name: databaseName, open }) => {
  let database: TestDatabase
  let nodes: TwoNodes['nodes']

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
  })

  afterAll(() => closeTwoNodes({ database, nodes }))

  const node = (index: number) => (index % 2 === 0 ? nodes[0].auth : nodes[1].auth)
  const rowOf = (name: string) => nodes[0].storage.findOne(collections, { where: eq('name', name) })
  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'made',
      (error: { readonly code?: string }) => error.code ?? String(error),
    )
  const statementsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    await Promise.all(nodes.map(({ settle }) => settle()))
    const count = database.statements.length
    await work()
    await Promise.all(nodes.map(({ settle }) => settle()))
    return database.statements.slice(count).flatMap((event) => (event.kind === 'statement' ? [event.sql] : []))
  }
  /** Signs somebody up who has never been there. */
  const join = async (index: number, collection: string, fields: object = {}) => {
    const api = await node(index).findCollection(collection)
    const email = `${collection}.${index}@example.com`
    const registered = await api?.register({ email, password, ...fields })
    if (registered?.status !== 'signed_in') throw new Error('not signed in')
    return { email, api, ...registered.signIn }
  }

  it('serves on another node with its very next request', async () => {
    for (let round = 0; round < repeats * 3; round += 1) {
      const definition = fresh()
      const made = await node(round).definitions.create(definition)
      expect(made).toMatchObject({ system: false, version: 1, collection: { name: definition.name, type: 'auth' } })
      const joined = await join(round + 1, definition.name, { company: 'Acme Inc' })
      expect(joined.user).toMatchObject({ email: joined.email, company: 'Acme Inc', phone: null, verified: false })
      const { email, accessToken = '', cookieToken = '', refreshToken = '' } = joined
      const onFirst = node(round).collection(definition.name)
      await onFirst?.login({ email, password })
      await onFirst?.refresh(refreshToken)
      for (const credential of [{ accessToken }, { cookieToken }]) {
        const verified = await node(round).sessions.verify(credential, { collections: [definition.name] })
        if (!verified.authenticated) throw new Error(verified.code)
        expect(await onFirst?.me(verified.authentication)).toMatchObject({ email })
        expect((await node(round).sessions.verify(credential)).authenticated).toBe(false)
      }
    }
  })

  it('shows up in what was seen by any request, and in the lists of both nodes', async () => {
    const admin = await nodes[1].auth.users.register({ ...jane, email: 'seen@example.com', username: 'seen' })
    if (admin.status !== 'signed_in') throw new Error('not signed in')
    const { cookieToken = '' } = admin.signIn
    const { name } = fresh()
    await nodes[0].auth.definitions.create({ name, type: 'auth' })
    expect(nodes[1].auth.collection(name)).toBeUndefined()
    const verified = await nodes[1].auth.sessions.verify({ cookieToken })
    expect(nodes[1].auth.collection(name)?.collection.name).toBe(name)
    if (!verified.authenticated) throw new Error(verified.code)
    const { authentication } = verified
    const listing = await Promise.all(nodes.map(({ auth }) => auth.definitions.list()))
    expect(listing[0]?.map(({ collection }) => collection.name)).toContain(name)
    expect(listing[0]?.map((info) => info.id)).toEqual(listing[1]?.map((info) => info.id))
    // The versions came with the request's own read.
    expect(await statementsOf(() => nodes[0].auth.definitions.find(name, authentication))).toEqual([])
    // A login sees the version, too.
    const other = fresh().name
    await nodes[0].auth.definitions.create({ name: other, type: 'auth' })
    await nodes[1].auth.users.login({ email: 'seen@example.com', password: jane.password })
    expect(nodes[1].auth.collection(other)?.collection.name).toBe(other)
  })

  it('keeps the budget of statements: 1 for a request, 6 for a sign-in, 3 for a refresh', async () => {
    const { name } = await nodes[0].auth.definitions.create(fresh()).then(({ collection }) => collection)
    const { api, email, cookieToken = '', accessToken = '', refreshToken = '' } = await join(0, name)
    for (const credential of [{ cookieToken }, { accessToken }]) {
      const request = async () => {
        const result = await nodes[0].auth.sessions.verify(credential, { collections: [name] })
        if (!result.authenticated) throw new Error(result.code)
        return (await nodes[0].auth.permissions.subject(result.authentication)).canUnchecked(`${name}:read`)
      }
      await request()
      expect(await statementsOf(request)).toHaveLength(1)
    }
    expect((await statementsOf(async () => await api?.login({ email, password }))).length).toBeLessThanOrEqual(6)
    expect((await statementsOf(async () => await api?.refresh(refreshToken))).length).toBeLessThanOrEqual(3)
  })

  it('costs one read for a name that is not there, shared by all who ask at once', async () => {
    await nodes[0].auth.definitions.refresh()
    expect(await statementsOf(() => nodes[0].auth.findCollection('nobody_made_this'))).toHaveLength(1)
    const flood = Array.from({ length: 500 }, (_, index) => nodes[0].auth.findCollection(`random_${index}`))
    expect((await statementsOf(() => Promise.all(flood))).length).toBeLessThanOrEqual(2)
    for (const name of ['', '__proto__', 'constructor', 'auth', 'x'.repeat(49), "x' or '1'='1"]) {
      expect(await statementsOf(() => nodes[0].auth.findCollection(name))).toEqual([])
    }
  })

  it('gives a name to one of 50 requests on two nodes; all others are told that it is taken', async () => {
    const other = createTestCardea({ storage: database.another(10) }).auth
    for (let round = 0; round < repeats; round += 1) {
      const definition = fresh()
      const attempts = Array.from({ length: 50 }, (_, index) =>
        codeOf((index % 2 === 0 ? nodes[0].auth : other).definitions.create(definition)),
      )
      const codes = await Promise.all(attempts)
      expect(codes.sort()).toEqual([...Array<string>(49).fill('conflict'), 'made'])
      await join(round, definition.name)
      const labels = await nodes[0].storage.find(permissions, { limit: 'all' })
      expect(labels.filter(({ label }) => label.startsWith(`${definition.name}:`))).toHaveLength(4)
    }
    await other.close()
  })

  it('gives a table to one of two collections that want it', async () => {
    const table = `shared_${names}`
    const codes = await Promise.all([
      codeOf(nodes[0].auth.definitions.create(fresh({ table }))),
      codeOf(nodes[1].auth.definitions.create(fresh({ table }))),
    ])
    expect(codes.sort()).toEqual(['conflict', 'made'])
    const { collection } = await nodes[0].auth.definitions.create(fresh())
    for (const taken of ['auth_users', 'auth_customers', `auth_${collection.name}`]) {
      expect(await codeOf(nodes[1].auth.definitions.create(fresh({ table: taken })))).toBe('conflict')
    }
  })

  it('brings permissions that roles can be given at once, and that nobody else has', async () => {
    const { collection } = await nodes[0].auth.definitions.create(fresh())
    const admin = await nodes[0].auth.users.register({ ...jane, email: 'perm@example.com', username: 'perm' })
    if (admin.status !== 'signed_in') throw new Error('not signed in')
    const { id } = admin.signIn.user
    const allowed = async () => (await nodes[1].auth.permissions.subject(id)).canUnchecked(`${collection.name}:delete`)
    expect(await allowed()).toBe(false)
    await nodes[0].auth.permissions.assign(id, 'admin')
    expect(await allowed()).toBe(true)
  })

  it('relates collections to each other and to those of code', async () => {
    const parent = fresh({ type: 'base' })
    await nodes[0].auth.definitions.create(parent)
    const fields = [
      { name: 'employer', type: 'relation', collection: parent.name },
      { name: 'referrer', type: 'relation', collection: 'customers' },
    ]
    const child = fresh({ schema: { fields } })
    await nodes[1].auth.definitions.create(child)
    await join(0, child.name)
    const api = await nodes[0].auth.findCollection(child.name)
    const employer = '01890a5d-ac96-774b-bcce-b302099a8057'
    const stranger = { email: 'stranger@example.com', password, employer }
    expect(await codeOf(api?.register(stranger) ?? Promise.resolve())).toBe('foreign_key_violation')
    const wrong = fresh({ schema: [{ name: 'boss', type: 'relation', collection: 'nobody' }] })
    await expect(nodes[0].auth.definitions.create(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'schema.0.collection', code: 'not_found' }],
    })
    const self = fresh()
    await nodes[0].auth.definitions.create({
      ...self,
      schema: [{ name: 'friend', type: 'relation', collection: self.name }],
    })
    await join(1, self.name)
  })

  it('makes the largest tables and the longest names that a definition may ask for', async () => {
    const fields = (count: number, prefix: string, field: object) =>
      Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, ...field }))
    const texts = fields(50, 'text_', { type: 'text' })
    const large = [
      [...fields(50, 'unique_', { type: 'text', unique: true }), ...texts],
      [...fields(50, 'select_', { type: 'select', options: ['a'] }), ...fields(50, 'json_', { type: 'json' })],
      [
        ...fields(30, 'relation_', { type: 'relation', collection: 'users' }),
        ...fields(20, 'unique_', { type: 'text', unique: true }),
        ...texts,
      ],
    ]
    for (const schema of large) {
      const definition = fresh({ schema })
      await nodes[0].auth.definitions.create(definition)
      await join(1, definition.name)
    }
    const long = (letter: string) => letter.repeat(48)
    const schema = [
      { name: long('a'), type: 'text', unique: true },
      { name: `${'a'.repeat(47)}b`, type: 'relation', collection: 'users' },
    ]
    for (const name of [long('n'), `${'n'.repeat(47)}m`]) {
      await nodes[0].auth.definitions.create({ name, type: 'auth', schema })
      await join(0, name)
    }
  })

  it('makes base collections, in which nobody signs in', async () => {
    const { name } = fresh()
    await nodes[0].auth.definitions.create({ name, type: 'base', fields: { title: { type: 'text' } } })
    expect(await nodes[1].auth.findCollection(name)).toBeUndefined()
    expect((await nodes[1].auth.definitions.find(name))?.collection.type).toBe('base')
    expect(nodes[1].auth.collectionNames()).not.toContain(name)
  })

  it('refuses names that code uses, for a collection or for its permissions', async () => {
    for (const name of ['customers', 'media', 'content', 'deploy']) {
      await expect(nodes[0].auth.definitions.create({ name, type: 'auth' })).rejects.toMatchObject({
        code: 'conflict',
        issues: [{ path: 'name' }],
      })
      expect(await rowOf(name)).toBeUndefined()
    }
    const { name } = fresh()
    await nodes[0].storage.insert(permissions, {
      id: '01890a5d-ac96-774b-bcce-b302099a8058',
      label: `${name}:export`,
      created_at: 1,
      updated_at: 1,
    })
    expect(await codeOf(nodes[0].auth.definitions.create({ name, type: 'auth' }))).toBe('conflict')
  })

  it('never adopts a table that is there: a stranger’s, or one of an earlier collection', async () => {
    const { name } = fresh()
    await sql`create table ${sql.table(`auth_${name}`)} (theirs varchar(20))`.execute(database.app)
    await sql`insert into ${sql.table(`auth_${name}`)} (theirs) values ('kept')`.execute(database.app)
    await expect(nodes[0].auth.definitions.create({ name, type: 'auth' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`auth_${name} exists`),
    })
    expect(await rowOf(name)).toBeUndefined()
    const kept = await sql<{ theirs: string }>`select theirs from ${sql.table(`auth_${name}`)}`.execute(database.app)
    expect(kept.rows).toEqual([{ theirs: 'kept' }])

    const earlier = fresh()
    const table = defineTable(`auth_${earlier.name}`, { columns: { id: textColumn(36) }, primaryKey: ['id'] })
    await nodes[0].storage.migrate([table])
    expect(await codeOf(nodes[0].auth.definitions.create(earlier))).toBe('conflict')
    expect(await rowOf(earlier.name)).toBeUndefined()
  })

  it('answers unavailable and changes nothing while the database is kept from it', async () => {
    const definition = fresh()
    const { storage } = nodes[0]
    const hold = async () => {
      const trx = await database.app.startTransaction().execute()
      const release = await keepFromMigrating(databaseName, trx)
      return async () => {
        await release()
        await trx.rollback().execute()
      }
    }
    const busy = createTestCardea({
      storage: before(storage, {
        migrate: async (tables, options) => {
          const release = await hold()
          try {
            return await storage.migrate(tables, options)
          } finally {
            await release()
          }
        },
      }),
    })
    const [versions] = await storage.find(authz, { limit: 1 })
    const start = performance.now()
    expect(await codeOf(busy.auth.definitions.create(definition))).toBe('unavailable')
    expect(performance.now() - start).toBeLessThan(20_000)
    expect(await rowOf(definition.name)).toBeUndefined()
    expect(await storage.find(authz, { limit: 1 })).toEqual([versions])
    expect(await nodes[1].auth.findCollection(definition.name)).toBeUndefined()
    await nodes[1].auth.definitions.create(definition)
    await join(0, definition.name)
  })

  describe('that broke off', () => {
    /** Creates and dies when it comes to a verb for the nth time; whatever it wanted to put away stays. */
    const dyingAt = async (definition: object, verb: 'insert' | 'update' | 'migrate' | 'transaction', nth: number) => {
      const { storage } = nodes[0]
      let count = 0
      let dead = false
      const watched = (name: string, run: () => unknown): unknown => {
        if (name === verb) count += 1
        if (dead || (name === verb && count === nth)) {
          dead = true
          throw new Error('killed')
        }
        return run()
      }
      const dying = new Proxy(storage, {
        get: (target, name: keyof Storage) => {
          const member: unknown = target[name]
          if (typeof member !== 'function') return member
          return async (...values: unknown[]) => await watched(name, () => Reflect.apply(member, target, values))
        },
      })
      await expect(createTestCardea({ storage: dying }).auth.definitions.create(definition)).rejects.toThrow('killed')
    }
    /** As if the time had passed after which nobody waits for who claimed the name. */
    const later = (name: string) =>
      nodes[0].storage.update(collections, { where: eq('name', name), set: { claimed_at: 0 } })

    it.each([
      ['before its name was claimed', 'update', 1, false],
      ['before its table was begun', 'update', 2, false],
      ['before its table was made', 'migrate', 1, false],
      ['before it was ready', 'transaction', 1, true],
    ] as const)('%s serves nobody, and goes on with the same definition', async (_when, verb, nth, made) => {
      const definition = fresh()
      await dyingAt(definition, verb, nth)
      expect(await rowOf(definition.name)).toMatchObject({ state: 'pending' })
      for (const { auth } of nodes) {
        expect(await auth.findCollection(definition.name)).toBeUndefined()
        expect(await auth.definitions.find(definition.name)).toBeUndefined()
      }
      await later(definition.name)
      if (made) {
        const other = { ...definition, schema: [{ name: 'other', type: 'number' }] }
        expect(await codeOf(nodes[1].auth.definitions.create(other))).toBe('conflict')
        const elsewhere = { ...definition, table: `elsewhere_${definition.name}` }
        expect(await codeOf(nodes[1].auth.definitions.create(elsewhere))).toBe('conflict')
        // What was answered keeps nobody waiting.
        expect(await rowOf(definition.name)).toMatchObject({ claim: '', claimed_at: 0 })
        expect(await rowOf(definition.name)).toMatchObject({ state: 'pending' })
      }
      expect((await nodes[1].auth.definitions.create(definition)).collection.name).toBe(definition.name)
      await join(0, definition.name)
      expect(await codeOf(nodes[0].auth.definitions.create(definition))).toBe('conflict')
    })

    it.each([
      ['update', 1],
      ['update', 2],
      ['migrate', 1],
    ] as const)('is replaced by another definition while there is no table (%s %i)', async (verb, nth) => {
      const definition = fresh()
      await dyingAt(definition, verb, nth)
      await later(definition.name)
      const other = {
        ...definition,
        schema: [
          { name: 'company', type: 'text' },
          { name: 'age', type: 'number' },
        ],
      }
      const made = await nodes[1].auth.definitions.create(other)
      expect(Object.keys(made.collection.fields)).toEqual(['company', 'age'])
      await join(0, definition.name)
    })

    it('is taken over by a request that waits for it, once the claim runs out', async () => {
      const definition = fresh()
      await dyingAt(definition, 'migrate', 1)
      const dead = await rowOf(definition.name)
      let looks = 0
      const { storage } = nodes[1]
      const patient = createTestCardea({
        storage: {
          ...storage,
          findOne: (...values: Parameters<Storage['findOne']>) => {
            looks += 1
            return storage.findOne(...values)
          },
        } as Storage,
      })
      const waiting = patient.auth.definitions.create(definition)
      await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(4)
      expect(await rowOf(definition.name)).toEqual(dead)
      await later(definition.name)
      expect((await waiting).collection.name).toBe(definition.name)
    })
  })

  it('makes collections through a pool of one connection', async () => {
    const storage = database.another(1)
    const { auth } = createTestCardea({ storage })
    // Whoever held one connection while waiting for another would wait for itself.
    const { name } = await auth.definitions.create(fresh()).then(({ collection }) => collection)
    await join(1, name)
    await (await auth.findCollection(name))?.login({ email: `${name}.1@example.com`, password })
    await auth.close()
  })

  it('finds everything again after a restart, and has nothing left to migrate', async () => {
    const { collection } = await nodes[0].auth.definitions.create(fresh())
    const again = createTestCardea({ storage: database.another(1) })
    expect((await again.auth.migrate()).steps).toEqual([])
    await again.auth.ready()
    expect(again.auth.collection(collection.name)?.collection.fields).toEqual(collection.fields)
    await again.auth.close()
  })

  it('leaves a definition alone that code or a broken row gets in the way of, and serves the others', async () => {
    const [broken, related, good] = [fresh(), fresh(), fresh()]
    for (const each of [broken, good]) await nodes[0].auth.definitions.create(each)
    const fields = [{ name: 'other', type: 'relation', collection: broken.name }]
    await nodes[0].auth.definitions.create({ ...related, schema: fields })
    const where = eq('name', broken.name)
    await nodes[0].storage.update(collections, { where, set: { definition: { type: 'auth', fields: { a: 1 } } } })
    const other = createTestCardea({ storage: database.nodes[1] })
    expect(await other.auth.findCollection(broken.name)).toBeUndefined()
    expect(await other.auth.findCollection(related.name)).toBeUndefined()
    expect((await other.auth.findCollection(good.name))?.collection.name).toBe(good.name)
    expect(other.logger.lines.join('\n')).toContain(`${broken.name}, which was defined at run time, is not served`)
    await nodes[0].storage.delete(collections, matches({ name: broken.name }))
    await nodes[0].storage.delete(collections, matches({ name: related.name }))
  })
})

/** Keeps migrations waiting from within a transaction of the app. @returns Stops what does not end with it. */
async function keepFromMigrating(databaseName: string, trx: Kysely<AppTables>): Promise<() => Promise<unknown>> {
  const nothing = async () => undefined
  if (databaseName.startsWith('SQLite')) {
    await trx.insertInto('orders').values({ buyer: 'x' }).execute()
    return nothing
  }
  if (databaseName === 'PostgreSQL') {
    await sql`lock table cardea_principals in share mode`.execute(trx)
    return nothing
  }
  // The lock of migrations, as the adapter calls it.
  const { rows } = await sql<{ name: string }>`select database() as name`.execute(trx)
  const lock = `cardea_${sha256(`${rows[0]?.name} cardea_migrations`)}`
  await sql`select get_lock(${lock}, 0)`.execute(trx)
  return () => sql`select release_lock(${lock})`.execute(trx)
}

describe('definitions.create', () => {
  it('checks the definition before anything is read or written', async () => {
    const { auth, statements } = createTestCardea({ storage: createMemoryStorage() })
    await auth.migrate()
    await auth.ready()
    const count = statements.length
    for (const input of [undefined, null, [], 'x', { name: 'x' }, { name: 'cardea_x', type: 'auth' }]) {
      await expect(auth.definitions.create(input)).rejects.toMatchObject({ code: 'invalid_request' })
    }
    await expect(auth.definitions.create({ name: 'x', type: 'auth', owner: 1 })).rejects.toMatchObject({
      code: 'unknown_field',
      issues: [{ path: 'owner' }],
    })
    expect(statements).toHaveLength(count)
  })

  it('refuses a name that makes no table behind the prefix', async () => {
    const { auth, storage } = createTestCardea({ tablePrefix: 'p'.repeat(16) })
    await auth.migrate()
    const name = 'n'.repeat(48)
    await expect(auth.definitions.create({ name, type: 'auth' })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'name', code: 'too_big' }],
    })
    expect(await storage.count(collections)).toBe(0)
  })

  it('tells of it', async () => {
    const { auth, events } = createTestCardea()
    await auth.migrate()
    await auth.ready()
    await auth.definitions.create({ name: 'members', type: 'auth' })
    expect(events).toContainEqual(expect.objectContaining({ type: 'collection.created', collection: 'members' }))
  })
})
