import { and, eq, not, oneOf } from '@cardea/core'
import { createUuidV7, secureRandom, systemClock } from '@cardea/core/crypto'
import { type Assignment, definePermissions, defineRoles, type Grant, type RoleSnapshot } from '@cardea/permissions'
import { createStoredPolicy, type StoredPolicy, type WhoCanOptions } from '@cardea/permissions/stored'
import {
  authz,
  permissions as permissionTable,
  principals,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles as roleTable,
  type Storage,
  systemTables,
} from '@cardea/storage'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { labels, now, posts, randomAsker, randomRoles } from './random-policies.fixture.js'

const catalogue = definePermissions({ posts: ['read', 'update'], users: ['read', 'update'] })

/** Two roles of which nobody may use both. They are there in every round, beside random ones. */
const declared = defineRoles(
  catalogue,
  { payer: { permissions: ['posts:update'] }, approver: { permissions: ['posts:update', 'posts:read'] } },
  { separationOfDuty: [{ name: 'payments', roles: ['payer', 'approver'], fewerThan: 2, kind: 'dynamic' }] },
)

interface Member {
  readonly isActive: boolean
  readonly assignments: readonly Assignment[]
  readonly declared: readonly string[]
}

const members: fc.Arbitrary<readonly Member[]> = fc.array(
  fc.record({
    isActive: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    assignments: randomAsker.map(({ assignments }) => assignments),
    declared: fc.subarray(['payer', 'approver']),
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
  numRuns: rounds({ test: 4, ci: 40, long: 1_000 }),
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

  /** Puts other roles, principals and assignments in the place of those before. */
  async function write(roles: readonly RoleSnapshot[], list: readonly Member[]): Promise<readonly string[]> {
    const kept = (await policy.listRoles()).filter(({ label }) => ['payer', 'approver'].includes(label))
    const permissionIds = new Map(
      (await storage.find(permissionTable, { limit: 'all' })).map(({ id, label }) => [label, id]),
    )
    const keptIds = kept.map(({ id }) => id)
    const ids = list.map(() => createId())
    const row = { created_at: 0, updated_at: 0 }
    await storage.transaction(async (transaction) => {
      await transaction.update(authz, { where: eq('id', 'authz'), increment: { policy_version: 1 } })
      await transaction.delete(principals, and())
      await transaction.delete(roleParents, and())
      await transaction.delete(rolePermissions, not(oneOf('role_id', keptIds)))
      await transaction.delete(roleTable, not(oneOf('id', keptIds)))
      const roleIds = new Map(roles.map(({ id }) => [id, createId()]))
      const idOf = (role: string): string => roleIds.get(role) ?? keptIds[0] ?? ''
      await transaction.insert(
        roleTable,
        roles.map(({ id, label, tenant = '', bypass }) => ({
          ...row,
          id: idOf(id),
          label,
          tenant,
          bypass,
        })),
      )
      const grants = roles.flatMap((role) => role.grants.map((grant) => grantRow(idOf(role.id), grant, permissionIds)))
      if (grants.length > 0) await transaction.insert(rolePermissions, grants)
      const parents = roles.flatMap(({ id, parents: of }) =>
        of.map((parent) => ({ role_id: idOf(id), parent_id: idOf(parent) })),
      )
      if (parents.length > 0) await transaction.insert(roleParents, parents)
      await transaction.insert(
        principals,
        list.map(({ isActive }, index) => ({
          id: ids[index] ?? '',
          collection: 'users',
          record_key: `${index}`,
          status: isActive ? 'active' : 'disabled',
          created_at: 0,
        })),
      )
      const assignments = list.flatMap((member, index) =>
        [
          ...member.assignments
            .filter(({ roleId }) => roleIds.has(roleId))
            .map((one) => ({ ...one, roleId: idOf(one.roleId) })),
          ...kept
            .filter(({ label }) => member.declared.includes(label))
            .map(({ id }) => ({ roleId: id, expiresAt: null })),
        ].map((one): Assignment & { readonly principalId: string } => ({ ...one, principalId: ids[index] ?? '' })),
      )
      const unique = new Map(
        assignments.map((one) => [JSON.stringify([one.principalId, one.roleId, one.tenant, one.resourceId]), one]),
      )
      if (unique.size === 0) return
      await transaction.insert(
        roleAssignments,
        [...unique.values()].map((one) => ({
          id: createId(),
          principal_id: one.principalId,
          role_id: one.roleId,
          tenant: one.tenant ?? '',
          resource_type: one.resourceType ?? '',
          resource_id: one.resourceId ?? '',
          expires_at: one.expiresAt,
          created_at: 0,
        })),
      )
    })
    return ids
  }

  const grantRow = (roleId: string, grant: Grant, permissionIds: ReadonlyMap<string, string>) => ({
    id: createId(),
    role_id: roleId,
    permission_id: permissionIds.get(grant.permission) ?? null,
    wildcard: permissionIds.has(grant.permission) ? null : grant.permission,
    effect: grant.effect,
    condition: grant.condition,
    fields: grant.fields,
    fingerprint: createId(),
    created_at: 0,
  })

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
          const ids = await write(roles, list)
          for (const { label, options } of asked) {
            const expected: object[] = []
            for (const [index, { isActive, declared: both }] of list.entries()) {
              const id = ids[index] ?? ''
              const subject = await policy.subject(id, undefined, { tenant: options.tenant ?? '' })
              // Every label is one of the catalogue.
              const decision = subject.check(label as (typeof labels)[number], options.object)
              seen[decision] += 1
              if (both.length === 2) seen.apart += 1
              const isYes = decision === 'allowed' || (decision === 'conditional' && options.object === undefined)
              if (isActive && isYes) expected.push({ principalId: id, decision })
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
