import { eq, isCardeaError } from '@cardea/core'
import { authz, permissions, roleParents, rolePermissions, roles as roleTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { defineRoles } from '../roles/define-roles.js'
import { catalogue, createDatabase, interleaved, roles } from './stored.fixture.js'

const wider = defineRoles(catalogue, {
  admin: { bypass: true, protected: true },
  viewer: { permissions: ['content:read', 'users:read'], protected: true },
  editor: { permissions: ['*:update'], inherits: ['viewer'] },
  helper: { inherits: ['editor'] },
})

const contentsOf = async ({ storage }: Awaited<ReturnType<typeof createDatabase>>) => ({
  authz: await storage.find(authz, { limit: 'all' }),
  permissions: await storage.find(permissions, { limit: 'all' }),
  roles: await storage.find(roleTable, { limit: 'all' }),
  parents: await storage.find(roleParents, { limit: 'all' }),
  grants: await storage.find(rolePermissions, { limit: 'all' }),
})

describe('sync', () => {
  it('writes permissions, roles, inheritance and grants, under one new version', async () => {
    const database = await createDatabase()
    const policy = database.node()
    expect(await policy.sync()).toBe(true)
    const written = await contentsOf(database)
    expect(written.authz[0]?.policy_version).toBe(1)
    expect(written.permissions.map((row) => row.label).sort()).toEqual([...catalogue.permissions].sort())
    expect(written.permissions.every((row) => row.system_protected)).toBe(true)
    expect(written.permissions.find((row) => row.label === 'content:read')?.description).toBe('See content')
    expect(written.roles.map((row) => [row.label, row.bypass, row.system_protected, row.changed_version])).toEqual([
      ['admin', true, true, 1],
      ['viewer', false, true, 1],
      ['editor', false, false, 1],
    ])
    expect(await policy.findRole('editor')).toMatchObject({ description: 'Edits', inherits: ['viewer'] })
    expect((await policy.grantsOf('editor')).map(({ permission, effect }) => [permission, effect])).toEqual([
      ['*:update', 'allow'],
      ['content:publish', 'allow'],
      ['users:delete', 'deny'],
    ])
  })

  it('gives the subjects of the stored policy what code declares', async () => {
    const database = await createDatabase()
    const policy = database.node()
    await policy.sync()
    const ann = await database.addPrincipal()
    await database.storage.transaction((transaction) => policy.assign(transaction, ann, 'editor'))
    const subject = await policy.subject(ann)
    expect(subject.list()).toEqual(['content:read', 'content:update'])
    expect(subject.can('content:publish', { author_id: ann })).toBe(true)
    expect(subject.check('users:delete')).toBe('denied')
  })

  it('only reads when all is there: nothing is written and no node has to load again', async () => {
    const database = await createDatabase()
    await database.node().sync()
    const before = await contentsOf(database)
    const node = database.node()
    const statements = await database.statementsOf(async () => expect(await node.sync()).toBe(false))
    expect(statements).toHaveLength(4)
    expect(statements.every((statement) => statement.startsWith('find '))).toBe(true)
    expect(await contentsOf(database)).toEqual(before)
  })

  it('writes everything once when several nodes start together', async () => {
    const database = await createDatabase()
    const results = await Promise.all(Array.from({ length: 5 }, () => database.node().sync()))
    expect(results.filter((changed) => changed)).toHaveLength(1)
    const alone = await createDatabase()
    await alone.node().sync()
    const [together, single] = [await contentsOf(database), await contentsOf(alone)]
    expect(together.authz).toEqual(single.authz)
    expect(together.grants.map((row) => row.effect)).toEqual(single.grants.map((row) => row.effect))
    expect(together.roles).toHaveLength(3)
  })

  it('takes the lock before it looks what is missing', async () => {
    const database = await createDatabase()
    const statements = await database.statementsOf(() => database.node().sync())
    const reads = ['find cardea_permissions', 'find cardea_roles']
    expect(statements.slice(0, 5)).toEqual([...reads, 'update cardea_authz', ...reads])
  })

  it('writes nothing when another node was faster between the look and the lock', async () => {
    const database = await createDatabase()
    let raced = false
    const storage = interleaved(database.storage, (table) => {
      if (raced || table !== 'cardea_roles') return undefined
      raced = true
      return database.node().sync()
    })
    // The first look was made before the other node wrote, all but its last read.
    expect(await database.node({ storage }).sync()).toBe(false)
    expect((await contentsOf(database)).authz[0]?.policy_version).toBe(1)
  })

  it('adds what a newer version of the code declares, and removes nothing for an older one', async () => {
    const database = await createDatabase()
    await database.node().sync()
    expect(await database.node({ roles: wider }).sync()).toBe(true)
    const after = await contentsOf(database)
    expect(after.authz[0]?.policy_version).toBe(2)
    const versions = Object.fromEntries(after.roles.map((row) => [row.label, row.changed_version]))
    expect(versions).toEqual({ admin: 1, viewer: 2, editor: 1, helper: 2 })
    expect(await database.node().sync()).toBe(false)
    expect(await contentsOf(database)).toEqual(after)
  })

  it('leaves what was made at run time alone', async () => {
    const database = await createDatabase()
    const policy = database.node()
    await policy.sync()
    await policy.createRole({ label: 'intern', inherits: ['viewer'] })
    await policy.grant('editor', 'users:read')
    await policy.createPermission({ label: 'reports:read' })
    const before = await contentsOf(database)
    expect(await policy.sync()).toBe(false)
    expect(await contentsOf(database)).toEqual(before)
  })

  it('makes the flags of a role that code protects what code says, and reports a new bypass', async () => {
    const database = await createDatabase()
    await database.node({ roles: defineRoles(catalogue, { viewer: {}, editor: {} }) }).sync()
    await database.storage.update(roleTable, { where: eq('label', 'viewer'), set: { bypass: true } })
    await database.node().createRole({ label: 'admin' })
    const warnings: unknown[] = []
    const logger = { warn: (_: string, fields?: object) => warnings.push(fields), error: () => undefined }
    await database.node({ logger }).sync()
    const flags = (await contentsOf(database)).roles.map((row) => [row.label, row.bypass, row.system_protected])
    expect(flags).toEqual([
      ['viewer', false, true],
      ['editor', false, false],
      ['admin', true, true],
    ])
    expect(warnings).toEqual([{ role: 'admin' }])
  })

  it('makes other nodes read the roles again whose flags it changed', async () => {
    const database = await createDatabase()
    const running = database.node({ roles: defineRoles(catalogue, { viewer: {}, admin: {} }) })
    await running.sync()
    const ann = await database.addPrincipal()
    await database.storage.transaction((transaction) => running.assign(transaction, ann, 'admin'))
    expect((await running.subject(ann)).bypass).toBe(false)
    await database.node().sync()
    expect((await running.subject(ann)).bypass).toBe(true)
  })

  it('makes no full access of a role that somebody made at run time and holds', async () => {
    const database = await createDatabase()
    const running = database.node({ roles: defineRoles(catalogue, { viewer: {} }) })
    await running.sync()
    await running.createRole({ label: 'admin' })
    const ann = await database.addPrincipal()
    await database.storage.transaction((transaction) => running.assign(transaction, ann, 'admin'))
    const before = await contentsOf(database)
    await expect(database.node().sync()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('"admin"'),
    })
    expect(await contentsOf(database)).toEqual(before)
    await database.storage.transaction((transaction) => running.unassign(transaction, ann, 'admin'))
    expect(await database.node().sync()).toBe(true)
  })

  it('protects a permission made at run time once code declares it', async () => {
    const database = await createDatabase()
    await database.node().createPermission({ label: 'content:read' })
    await database.node().sync()
    const row = await database.storage.findOne(permissions, { where: eq('label', 'content:read') })
    expect(row?.system_protected).toBe(true)
    expect(await database.node().sync()).toBe(false)
  })

  it('refuses inheritance that runs in a circle with what was made at run time', async () => {
    const database = await createDatabase()
    await database.node().sync()
    await database.node().createRole({ label: 'lead', inherits: ['editor'] })
    const circular = defineRoles(catalogue, { lead: {}, editor: { inherits: ['lead'] } })
    const before = await contentsOf(database)
    await expect(database.node({ roles: circular }).sync()).rejects.toSatisfy((error) =>
      isCardeaError(error, 'configuration_invalid'),
    )
    expect(await contentsOf(database)).toEqual(before)
  })

  it('writes 1,500 permissions and 300 roles with their grants', async () => {
    const letters = (n: number) => String(n).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))
    const many = definePermissions(
      Object.fromEntries(Array.from({ length: 1_500 }, (_, n) => [`resource_${letters(n)}`, ['read']])),
    )
    const manyRoles = defineRoles(
      many,
      Object.fromEntries(
        Array.from({ length: 300 }, (_, n) => [
          `role ${n}`,
          { permissions: many.permissions.slice(n * 5, n * 5 + 5), inherits: n === 0 ? [] : [`role ${n - 1}`] },
        ]),
      ),
    )
    const database = await createDatabase()
    const policy = database.node({ catalogue: many, roles: manyRoles } as object)
    await policy.sync()
    expect(await policy.listPermissions()).toHaveLength(1_500)
    expect(await policy.listRoles()).toHaveLength(300)
    const ann = await database.addPrincipal()
    await database.storage.transaction((transaction) => policy.assign(transaction, ann, 'role 299'))
    expect((await policy.subject(ann)).list()).toHaveLength(1_500)
    expect(await policy.sync()).toBe(false)
  })
})

describe('createStoredPolicy', () => {
  it('refuses roles over another catalogue, and a cache without room', async () => {
    const database = await createDatabase()
    const other = definePermissions({ media: ['read'] })
    expect(() => database.node({ catalogue: other, roles } as object)).toThrow(
      'which neither the permissions nor the collections declare',
    )
    for (const [permission, told] of [
      ['users:read', '"clerk" names users:read, '],
      ['users:*', '"clerk" names users:*, '],
      ['*:delete', '"clerk" names *:delete, '],
    ] as const) {
      const wider = definePermissions({ media: ['read'], users: ['read', 'delete'] })
      const clerks = defineRoles(wider, { clerk: { permissions: ['media:*', '*'], deny: [permission] } })
      expect(() => database.node({ catalogue: other, roles: clerks } as object)).toThrow(told)
      expect(() => database.node({ catalogue: wider, roles: clerks } as object)).not.toThrow()
    }
    expect(() => database.node({ maxCachedSubjects: 0 })).toThrow('maxCachedSubjects')
  })
})
