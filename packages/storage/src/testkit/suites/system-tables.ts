import { and, eq, param } from '@cardea/core'
import { expect } from 'vitest'
import {
  authz,
  credentials,
  identifiers,
  permissions,
  principals,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles,
  sessions,
} from '../../schema/tables.js'
import type { DeclareTest, Subject } from '../subject.js'

const principalId = '01890a5d-ac96-774b-bcce-b302099a8057'
const roleId = '01890a5d-ac96-774b-bcce-b302099a8058'
const permissionId = '01890a5d-ac96-774b-bcce-b302099a8059'
const now = 1_790_000_000_000

/** Cardea's own tables, used as Cardea uses them. */
export function systemTableTests(test: DeclareTest): void {
  const fill = async ({ storage }: Subject): Promise<void> => {
    await storage.delete(roleAssignments, and())
    await storage.delete(roleParents, and())
    for (const table of [principals, roles, permissions]) await storage.delete(table, and())
    await storage.insert(principals, {
      id: principalId,
      collection: 'users',
      record_key: '1',
      status: 'active',
      created_at: now,
    })
    await storage.insert(credentials, {
      principal_id: principalId,
      hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
      changed_at: now,
    })
    await storage.insert(identifiers, {
      collection: 'users',
      kind: 'email',
      key: 'ada@example.com',
      principal_id: principalId,
    })
    await storage.insert(sessions, session('s1', 'token-1'))
    await storage.insert(roles, { id: roleId, label: 'editor', created_at: now, updated_at: now })
    await storage.insert(permissions, { id: permissionId, label: 'posts:edit', created_at: now, updated_at: now })
  }

  test('the row of versions is there from the start', async ({ storage }) => {
    expect(await storage.find(authz, { limit: 'all' })).toMatchObject([{ id: 'authz' }])
  })

  test('a sign-in reads identifier, principal, credential and versions in one statement', async (subject) => {
    await fill(subject)
    const query = {
      where: and(eq('collection', param('collection')), eq('kind', 'email'), eq('key', param('key'))),
      include: { principal: true, credential: true, authz: true },
    } as const
    const before = statements(subject)
    const found = await subject.storage.findOne(identifiers, query, { collection: 'users', key: 'ada@example.com' })
    expect(statements(subject) - before).toBe(subject.events.length > 0 ? 1 : 0)
    expect(found).toMatchObject({
      principal: { id: principalId, status: 'active', epoch: 0 },
      credential: { changed_at: now },
      authz: { id: 'authz' },
    })
    for (const key of ['Ada@example.com', 'ada@example.com ', 'ad\u00e1@example.com', '']) {
      expect(await subject.storage.findOne(identifiers, query, { collection: 'users', key })).toBeUndefined()
    }
    await subject.storage.delete(credentials, eq('principal_id', principalId))
    const without = await subject.storage.findOne(identifiers, query, { collection: 'users', key: 'ada@example.com' })
    expect(without).toMatchObject({ principal: { id: principalId }, credential: null })
  })

  test('a request reads session, principal and versions in one statement', async (subject) => {
    await fill(subject)
    const query = { where: eq('token_hash', param('hash')), include: { principal: true, authz: true } } as const
    const before = statements(subject)
    const found = await subject.storage.findOne(sessions, query, { hash: 'token-1' })
    expect(statements(subject) - before).toBe(subject.events.length > 0 ? 1 : 0)
    expect(found).toMatchObject({ id: 's1', amr: ['pwd', 'otp'], principal: { epoch: 0 }, authz: { id: 'authz' } })
    expect(await subject.storage.findOne(sessions, query, { hash: 'token-2' })).toBeUndefined()
  })

  test('sessions without a cookie do not get into each other’s way; two with one token do', async (subject) => {
    const { storage } = subject
    await fill(subject)
    await storage.insert(sessions, [session('s2', null), session('s3', null)])
    await expect(storage.insert(sessions, session('s4', 'token-1'))).rejects.toMatchObject({ code: 'unique_violation' })
  })

  test(
    'a principal takes everything along that is its own',
    async (subject) => {
      const { storage } = subject
      await fill(subject)
      await storage.insert(roleAssignments, { id: 'a', principal_id: principalId, role_id: roleId, created_at: now })
      expect(await storage.delete(principals, eq('id', principalId))).toBe(1)
      for (const table of [credentials, identifiers, sessions, roleAssignments])
        expect(await storage.count(table)).toBe(0)
      expect(await storage.count(roles)).toBe(1)
    },
    ['foreignKeys'],
  )

  test(
    'a role that is assigned or inherited stays; one that is not takes its grants along',
    async (subject) => {
      const { storage } = subject
      await fill(subject)
      await storage.insert(rolePermissions, {
        id: 'g',
        role_id: roleId,
        permission_id: permissionId,
        condition: { op: 'eq', field: 'author_id', value: { ref: 'principal.id' } },
        fields: ['title'],
        fingerprint: 'f',
        created_at: now,
      })
      await storage.insert(roleAssignments, { id: 'a', principal_id: principalId, role_id: roleId, created_at: now })
      const assignment = await storage.findOne(roleAssignments, {
        where: eq('id', 'a'),
        include: { role: true, principal: true },
      })
      expect(assignment).toMatchObject({
        tenant: '',
        expires_at: null,
        role: { label: 'editor', bypass: false },
        principal: { id: principalId },
      })
      await expect(storage.delete(roles, eq('id', roleId))).rejects.toMatchObject({ code: 'foreign_key_violation' })
      expect(await storage.find(rolePermissions, { limit: 'all' })).toMatchObject([
        {
          effect: 'allow',
          condition: { op: 'eq', field: 'author_id', value: { ref: 'principal.id' } },
          fields: ['title'],
        },
      ])
      await storage.delete(roleAssignments, eq('id', 'a'))
      expect(await storage.delete(roles, eq('id', roleId))).toBe(1)
      expect(await storage.count(rolePermissions)).toBe(0)
    },
    ['foreignKeys'],
  )
}

const session = (id: string, tokenHash: string | null) => ({
  id,
  principal_id: principalId,
  token_hash: tokenHash,
  refresh_salt: 'salt',
  rotated_at: now,
  amr: ['pwd', 'otp'],
  aal: 2,
  auth_time: now,
  created_at: now,
  last_used_at: now,
  cookie_expires_at: now + 86_400_000,
  idle_expires_at: now + 604_800_000,
  absolute_expires_at: now + 2_592_000_000,
  epoch: 0,
})

const statements = ({ events }: Subject): number => events.filter((event) => event.kind === 'statement').length
