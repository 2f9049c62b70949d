import { and, eq, isCardeaError } from '@cardea/core'
import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import { definePermissions, defineRoles } from '@cardea/permissions'
import { type Actor, createStoredPolicy } from '@cardea/permissions/stored'
import { authz, principals, roleAssignments, roleParents, type Storage, systemTables } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'

const catalogue = definePermissions({ content: ['read', 'update'], users: ['read', 'delete'] })
const roles = defineRoles(
  catalogue,
  {
    admin: { bypass: true, protected: true },
    payer: { permissions: ['content:update'] },
    approver: { permissions: ['content:read'] },
  },
  { separationOfDuty: [{ name: 'payments', roles: ['payer', 'approver'], fewerThan: 2, kind: 'static' }] },
)
const acme = { tenant: 'acme' }
const repeats = rounds({ test: 2, ci: 4, long: 200 })

const clock = () => Date.now()
const createId = createUuidV7(clock, secureRandom)
const nodeOn = (storage: Storage) => createStoredPolicy({ storage, clock, createId, catalogue, roles })

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return 'none'
  } catch (error) {
    return isCardeaError(error) ? error.code : String(error)
  }
}

describe.each(databases)('a stored policy on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: readonly [ReturnType<typeof nodeOn>, ReturnType<typeof nodeOn>]
  let storages: readonly [Storage, Storage]
  let labels = 0
  let unique = ''

  beforeAll(async () => {
    database = await open()
    storages = database.nodes
    await storages[0].migrate(systemTables)
    nodes = [nodeOn(storages[0]), nodeOn(storages[1])]
    await nodes[0].sync()
  })
  afterAll(async () => database?.close())
  beforeEach(() => {
    labels += 1
    unique = `${labels}`
  })

  const addPrincipal = async (): Promise<string> => {
    const id = createId()
    const row = { id, collection: 'users', record_key: id, status: 'active', created_at: clock() }
    await storages[0].insert(principals, row)
    return id
  }
  const as = (id: string): Actor => {
    return (within, options) => within.subject(id, undefined, options)
  }
  const assign = (node: 0 | 1, id: string, role: string, options = {}) =>
    storages[node].transaction((transaction) => nodes[node].assign(transaction, id, role, options))
  const unassign = (node: 0 | 1, id: string, role: string, options = {}) =>
    storages[node].transaction((transaction) => nodes[node].unassign(transaction, id, role, options))
  const labelsOf = async (id: string) => (await nodes[0].assignmentsOf(id)).map(({ roleLabel }) => roleLabel).sort()
  /** What the rows say, whatever is in memory. */
  const truth = async (id: string, tenant = '') => (await nodeOn(storages[0]).subject(id, undefined, { tenant })).list()

  it('keeps one admin of two who demote each other at once, by themselves or in each other’s name', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const [ann, bob] = [await addPrincipal(), await addPrincipal()]
      await assign(0, ann, 'admin')
      await assign(0, bob, 'admin')
      const codes = await Promise.all([
        codeOf(unassign(0, bob, 'admin', { by: as(ann) })),
        codeOf(unassign(1, ann, 'admin', { by: as(bob) })),
      ])
      // Whoever was demoted first may not demote any more.
      expect(codes.sort()).toEqual(['forbidden', 'none'])
      expect([...(await labelsOf(ann)), ...(await labelsOf(bob))]).toEqual(['admin'])
      const [last] = (await labelsOf(ann)).length > 0 ? [ann] : [bob]
      expect(await codeOf(unassign(1, last ?? '', 'admin'))).toBe('last_admin')
      await assign(0, bob, 'admin')
      await assign(0, ann, 'admin')
      const alone = await Promise.all([codeOf(unassign(0, ann, 'admin')), codeOf(unassign(1, bob, 'admin'))])
      expect(alone.sort()).toEqual(['last_admin', 'none'])
      await storages[0].delete(roleAssignments, eq('role_id', (await nodes[0].findRole('admin'))?.id ?? ''))
    }
  })

  it('gives nothing by somebody whose role is changed or taken at the same time', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const [boss, target] = [`boss ${unique} ${round}`, `target ${unique} ${round}`]
      await nodes[0].createRole({ label: boss })
      const power = await nodes[0].grant(boss, 'users:delete')
      const { id: targetId } = await nodes[0].createRole({ label: target })
      await nodes[0].grant(targetId, 'users:delete')
      const [ann, bob] = [await addPrincipal(), await addPrincipal()]
      await assign(0, ann, boss)
      const [given, taken] = await Promise.all([
        codeOf(assign(0, bob, target, { by: as(ann) })),
        codeOf(round % 2 === 0 ? nodes[1].revoke(power.id) : unassign(1, ann, boss)),
      ])
      expect(taken).toBe('none')
      expect(['none', 'forbidden']).toContain(given)
      expect(await truth(bob)).toEqual(given === 'none' ? ['users:delete'] : [])
      expect(await truth(ann)).toEqual([])
    }
  })

  it('does not give by an edit of a role what the one who assigns it did not have', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const [keeper, target] = [`keeper ${unique} ${round}`, `edited ${unique} ${round}`]
      await nodes[0].createRole({ label: keeper })
      await nodes[0].grant(keeper, 'content:read')
      await nodes[0].createRole({ label: target })
      const [ann, bob] = [await addPrincipal(), await addPrincipal()]
      await assign(0, ann, keeper)
      const [given, edited] = await Promise.all([
        codeOf(assign(0, bob, target, { by: as(ann) })),
        codeOf(nodes[1].grant(target, 'users:delete')),
      ])
      expect(edited).toBe('none')
      // Assigned before the edit it was empty; after it, it is more than the keeper has.
      expect(['none', 'forbidden']).toContain(given)
      const first = given === 'none'
      expect(await labelsOf(bob)).toEqual(first ? [target] : [])
    }
  })

  it('leaves neither an assignment nor inheritance of a role that is deleted at the same time', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const { id } = await nodes[0].createRole({ label: `short ${unique} ${round}` })
      const heir = await nodes[0].createRole({ label: `heir ${unique} ${round}` })
      const ann = await addPrincipal()
      const [assigned, inherited, deleted, edited] = await Promise.all([
        codeOf(assign(0, ann, id)),
        codeOf(nodes[0].updateRole(heir.id, { inherits: [id] })),
        codeOf(nodes[1].deleteRole(id)),
        codeOf(nodes[1].grant(id, 'content:read')),
      ])
      const isGone = deleted === 'none'
      expect(isGone || deleted === 'role_in_use').toBe(true)
      expect(['none', ...(isGone ? ['not_found'] : [])]).toContain(edited)
      if (isGone) expect([assigned, inherited]).toEqual(['not_found', 'not_found'])
      expect(await nodes[0].findRole(id)).toEqual(isGone ? undefined : expect.anything())
      const rows = await storages[0].count(roleAssignments, eq('role_id', id))
      const parents = await storages[0].count(roleParents, eq('parent_id', id))
      expect([rows, parents]).toEqual([assigned === 'none' ? 1 : 0, inherited === 'none' ? 1 : 0])
      expect(await codeOf(nodes[0].subject(ann))).toBe('none')
    }
  })

  it('never lets a principal hold what a separation of duty keeps apart, by assignment or by inheritance', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const ann = await addPrincipal()
      const both = await Promise.all([
        codeOf(assign(0, ann, 'payer')),
        codeOf(assign(1, ann, 'approver', { scope: acme })),
      ])
      expect(both.sort()).toEqual(['conflict', 'none'])
      const bob = await addPrincipal()
      const label = `soft ${unique} ${round}`
      await nodes[0].createRole({ label })
      await assign(0, bob, 'approver')
      const [assigned, edited] = await Promise.all([
        codeOf(assign(0, bob, label)),
        codeOf(nodes[1].updateRole(label, { inherits: ['payer'] })),
      ])
      expect([assigned, edited].sort()).toEqual(['conflict', 'none'])
    }
  })

  it('makes no circle of inheritance of two changes at once', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const [a, b] = [`a ${unique} ${round}`, `b ${unique} ${round}`]
      await nodes[0].createRole({ label: a })
      await nodes[0].createRole({ label: b })
      const codes = await Promise.all([
        codeOf(nodes[0].updateRole(a, { inherits: [b] })),
        codeOf(nodes[1].updateRole(b, { inherits: [a] })),
      ])
      expect(codes.sort()).toEqual(['invalid_request', 'none'])
    }
  })

  it('makes one assignment, one role and one grant of several at once', async () => {
    const ann = await addPrincipal()
    const label = `many ${unique}`
    const made = await Promise.all(([0, 1, 0, 1] as const).map((node) => codeOf(nodes[node].createRole({ label }))))
    expect(made.sort()).toEqual(['conflict', 'conflict', 'conflict', 'none'])
    const granted = await Promise.all(
      ([0, 1, 0, 1] as const).map((node) => codeOf(nodes[node].grant(label, 'content:read'))),
    )
    expect(granted.sort()).toEqual(['conflict', 'conflict', 'conflict', 'none'])
    const assigned = await Promise.all(([0, 1, 0, 1] as const).map((node) => codeOf(assign(node, ann, label))))
    expect(assigned).toEqual(['none', 'none', 'none', 'none'])
    expect(await labelsOf(ann)).toEqual([label])
  })

  it('never answers from before a change that was made, on any node, for a tenant either', async () => {
    const { id } = await nodes[0].createRole({ ...acme, label: `own ${unique}` })
    const ann = await addPrincipal()
    await assign(0, ann, id, { scope: acme })
    for (let round = 0; round < repeats * 3; round += 1) {
      const node = round % 2 === 0 ? 0 : 1
      const grant = await nodes[node].grant(id, 'content:update')
      for (const each of nodes) {
        const versions = await each.versions(ann)
        expect((await each.subject(ann, versions, acme)).list()).toEqual(['content:update'])
      }
      await nodes[1 - node]?.revoke(grant.id)
      for (const each of nodes) {
        const versions = await each.versions(ann)
        expect((await each.subject(ann, versions, acme)).list()).toEqual([])
      }
    }
  })

  it('goes through all assignments in pages, each once', async () => {
    const { id: roleId } = await nodes[0].createRole({ label: `paged ${unique}` })
    const ids = await Promise.all(Array.from({ length: 7 }, addPrincipal))
    for (const id of ids) await assign(0, id, roleId)
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await nodes[1].listAssignments({ roleId, limit: 3, ...(after === undefined ? {} : { after }) })
      seen.push(...page.map(({ principalId }) => principalId))
      after = page.at(-1)?.id
    } while (after !== undefined)
    expect(seen.toSorted()).toEqual(ids.toSorted())
    expect(await nodes[1].countAssignments({ roleId })).toBe(7)
  })

  it('prunes what code declares no more, beside somebody who takes hold of it', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const label = `old ${unique} ${round}`
      const declaring = (labels: readonly string[]) =>
        defineRoles(catalogue, Object.fromEntries([...roles.labels, ...labels].map((name) => [name, {}])))
      const over = (node: 0 | 1, labels: readonly string[]) =>
        createStoredPolicy({ storage: storages[node], clock, createId, catalogue, roles: declaring(labels) })
      await over(0, [label]).sync()
      const ann = await addPrincipal()
      const [report, given] = await Promise.all([over(1, []).prune(), codeOf(assign(0, ann, label))])
      const isGone = report.roles.includes(label)
      expect(given).toBe(isGone ? 'not_found' : 'none')
      expect(report.kept.some((kept) => kept.label === label)).toBe(!isGone)
      await storages[0].delete(roleAssignments, eq('principal_id', ann))
    }
  })

  it('moves the version only with what it belongs to', async () => {
    const before = await storages[0].findOne(authz, { where: eq('id', 'authz') })
    const ann = await addPrincipal()
    expect(await codeOf(nodes[0].createRole({ label: 'x', inherits: ['admin'] }))).toBe('invalid_request')
    expect(await codeOf(assign(0, ann, 'admin', { scope: acme }))).toBe('invalid_request')
    await assign(0, ann, 'payer', { scope: acme })
    const row = await storages[0].findOne(principals, { where: and(eq('id', ann)) })
    expect(row?.authz_version).toBe(1)
    expect(await storages[0].findOne(authz, { where: eq('id', 'authz') })).toEqual(before)
  })
})
