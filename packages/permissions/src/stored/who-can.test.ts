import { eq } from '@cardea/core'
import { principals, roleAssignments, type StorageOperations } from '@cardea/storage'
import { beforeEach, describe, expect, it } from 'vitest'
import { own } from '../condition/own.js'
import { createDatabase, interleaved } from './stored.fixture.js'
import type { WhoCanOptions, WhoCanPage } from './who-can.js'

type Database = Awaited<ReturnType<typeof createDatabase>>
type Policy = ReturnType<Database['node']>

let database: Database
let policy: Policy

beforeEach(async () => {
  database = await createDatabase()
  policy = database.node()
  await policy.sync()
})

const give = async (
  principalId: string,
  role: string,
  options: Parameters<Policy['assign']>[3] = {},
): Promise<void> => {
  await database.storage.transaction(async (transaction) => {
    await policy.assign(transaction, principalId, role, options)
  })
}

const addHolder = async (role: string, options: Parameters<Policy['assign']>[3] = {}): Promise<string> => {
  const id = await addPrincipal()
  await give(id, role, options)
  return id
}

let ids = 0

/** A principal whose id comes after those before it, as time makes them. */
const addPrincipal = (): Promise<string> => {
  ids += 1
  return database.addPrincipal(`00000000-0000-7000-8000-${String(ids).padStart(12, '0')}`)
}

/** Writes assignments as they are, many at once. */
const insert = async (
  rows: readonly { principalId: string; roleId: string; tenant?: string; resourceId?: string; expiresAt?: number }[],
) =>
  await database.storage.insert(
    roleAssignments,
    rows.map(({ principalId, roleId, tenant = '', resourceId = '', expiresAt = null }) => ({
      id: database.createId(),
      principal_id: principalId,
      role_id: roleId,
      tenant,
      resource_type: resourceId === '' ? '' : 'content',
      resource_id: resourceId,
      expires_at: expiresAt,
      created_at: 0,
    })),
  )

const roleId = async (label: string): Promise<string> => (await policy.findRole(label))?.id ?? ''

/** All pages, and how many there were. */
async function readAll(
  permission: string,
  options: WhoCanOptions = {},
): Promise<{ ids: string[]; pages: WhoCanPage[] }> {
  const pages: WhoCanPage[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await policy.whoCan(permission, { ...options, cursor })
    pages.push(page)
    if (page.cursor === null)
      return { ids: pages.flatMap((one) => one.principals.map(({ principalId }) => principalId)), pages }
    expect(page.cursor > (cursor ?? '')).toBe(true)
    cursor = page.cursor
  }
}

describe('whoCan', () => {
  it('finds holders of roles that give the permission, by inheritance too, and of full access', async () => {
    const viewer = await addHolder('viewer')
    const editor = await addHolder('editor')
    const admin = await addHolder('admin')
    await addPrincipal()
    expect((await readAll('content:read')).ids).toEqual([viewer, editor, admin])
    expect((await readAll('content:update')).ids).toEqual([editor, admin])
    expect(await policy.whoCan('users:delete')).toEqual({
      principals: [{ principalId: admin, decision: 'allowed' }],
      cursor: null,
    })
  })

  it('tells for whom it depends on the object, and for one object who can', async () => {
    const editor = await addHolder('editor')
    const other = await addHolder('editor')
    const admin = await addHolder('admin')
    expect((await policy.whoCan('content:publish')).principals).toEqual([
      { principalId: editor, decision: 'conditional' },
      { principalId: other, decision: 'conditional' },
      { principalId: admin, decision: 'allowed' },
    ])
    expect((await policy.whoCan('content:publish', { object: { author_id: other } })).principals).toEqual([
      { principalId: other, decision: 'allowed' },
      { principalId: admin, decision: 'allowed' },
    ])
  })

  it('asks each with all that it holds: what another role denies, what has expired, who is disabled', async () => {
    const role = await policy.createRole({ label: 'banned' })
    await policy.grant(role.id, 'content:read', { effect: 'deny' })
    await policy.grant(role.id, 'content:publish', { effect: 'deny', when: own('author_id') })
    const banned = await addHolder('viewer')
    await give(banned, 'banned')
    const expiring = await addHolder('viewer', { expiresAt: database.time.now + 10 })
    const disabled = await addHolder('viewer')
    await database.storage.update(principals, { where: eq('id', disabled), set: { status: 'disabled' } })
    const viewer = await addHolder('viewer')
    expect((await readAll('content:read')).ids).toEqual([expiring, viewer])
    database.time.now += 10
    expect((await readAll('content:read')).ids).toEqual([viewer])
  })

  it('counts the roles of a tenant there alone, and a role for one object as one that depends on it', async () => {
    const global = await addHolder('viewer')
    const acme = await addHolder('viewer', { scope: { tenant: 'acme' } })
    const globex = await addHolder('viewer', { scope: { tenant: 'globex' } })
    const one = await addHolder('viewer', { scope: { resourceType: 'content', resourceId: '7' } })
    expect((await readAll('content:read')).ids).toEqual([global, one])
    expect((await readAll('content:read', { tenant: 'acme' })).ids).toEqual([global, acme, one])
    expect((await readAll('content:read', { tenant: 'globex' })).ids).toEqual([global, globex, one])
    expect((await readAll('content:read', { object: { id: 7 } })).ids).toEqual([global, one])
    expect((await readAll('content:read', { object: { id: '8' } })).ids).toEqual([global])
  })

  it('answers in pages that leave nobody out and name nobody twice', async () => {
    const ids: string[] = []
    for (let count = 0; count < 7; count += 1) ids.push(await addHolder(count % 2 === 0 ? 'viewer' : 'editor'))
    // Whoever holds two such roles is there once.
    await give(ids[0] ?? '', 'editor')
    for (const limit of [1, 2, 3, 7, 8]) {
      const { ids: found, pages } = await readAll('content:read', { limit })
      expect(found).toEqual(ids)
      for (const page of pages) expect(page.principals.length).toBeLessThanOrEqual(limit)
    }
  })

  it('looks at so many for one page and no more, and says where it stopped', async () => {
    const viewer = await roleId('viewer')
    const expired: string[] = []
    for (let count = 0; count < 600; count += 1) expired.push(await addPrincipal())
    await insert(expired.map((principalId) => ({ principalId, roleId: viewer, expiresAt: 1 })))
    const last = await addHolder('viewer')
    const statements = await database.statementsOf(async () => {
      const page = await policy.whoCan('content:read')
      expect(page.principals).toEqual([])
      expect(page.cursor).toBe(expired[249])
    })
    expect(statements.length).toBeLessThan(20)
    const { ids, pages } = await readAll('content:read')
    expect(ids).toEqual([last])
    expect(pages).toHaveLength(3)
  })

  it('finds everybody where very many roles give the permission, however many roles each of them holds', async () => {
    const roles: string[] = []
    for (let count = 0; count < 20; count += 1) {
      const { id } = await policy.createRole({ label: `reader-${count}` })
      await policy.grant(id, 'content:read')
      roles.push(id)
    }
    const nothing = (await policy.createRole({ label: 'nothing' })).id
    const expected: string[] = []
    for (let count = 0; count < 60; count += 1) {
      const principalId = await addPrincipal()
      // Rows enough that several chunks end in the midst of a principal; one has more than a chunk holds.
      const others = count === 30 ? 700 : count % 3 === 0 ? 40 : 0
      await insert(
        Array.from({ length: others }, (_, index) => ({ principalId, roleId: nothing, resourceId: `${index}` })),
      )
      const role = roles[count % 23]
      if (role === undefined) continue
      await insert([{ principalId, roleId: role }])
      expected.push(principalId)
    }
    expect((await readAll('content:read')).ids).toEqual(expected)
    expect((await readAll('content:read', { limit: 7 })).ids).toEqual(expected)
  })

  it('passes over one who holds the role for more objects than one read brings', async () => {
    const viewer = await roleId('viewer')
    const [first, second] = [await addPrincipal(), await addPrincipal()]
    await insert(
      Array.from({ length: 450 }, (_, index) => ({ principalId: first, roleId: viewer, resourceId: `${index}` })),
    )
    await insert([{ principalId: second, roleId: viewer }])
    expect((await readAll('content:read')).ids).toEqual([first, second])
  })

  it('never mixes a policy with what was assigned after it changed', async () => {
    const role = await policy.createRole({ label: 'hidden' })
    await addHolder('viewer')
    let changed = false
    const storage = interleaved(database.storage, (table) => {
      if (changed || table !== 'cardea_role_assignments') return undefined
      changed = true
      // The role starts to give the permission while a page is read.
      return policy.grant(role.id, 'content:read').then(() => addHolder('hidden'))
    })
    const page = await database.node({ storage }).whoCan('content:read')
    expect(page.principals).toHaveLength(2)
  })

  it('gives up with `unavailable` while the policy keeps changing', async () => {
    const role = await policy.createRole({ label: 'restless' })
    let count = 0
    const storage = interleaved(database.storage, (table) => {
      if (table !== 'cardea_role_assignments') return undefined
      count += 1
      return policy.grant(role.id, 'content:read', { when: eq('n', count) })
    })
    await addHolder('viewer')
    await expect(database.node({ storage }).whoCan('content:read')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('knows nobody who has what does not exist', async () => {
    await addHolder('admin')
    expect(await policy.whoCan('content:nothing')).toEqual({ principals: [], cursor: null })
    expect(await policy.whoCan('__proto__')).toEqual({ principals: [], cursor: null })
  })

  it.each<[string, WhoCanOptions]>([
    ['no limit', { limit: 0 }],
    ['a limit beyond all', { limit: 1_001 }],
    ['half a principal', { limit: 1.5 }],
    ['a cursor that no page gave', { cursor: 'x'.repeat(37) }],
    ['an empty cursor', { cursor: '' }],
    ['a cursor with NUL', { cursor: 'a\u0000' }],
    ['a tenant that can be none', { tenant: 'a\u0000' }],
  ])('refuses %s', async (_, options) => {
    await expect(policy.whoCan('content:read', options)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('answers inside a transaction for what is not committed', async () => {
    const principalId = await addPrincipal()
    const failure = new Error('undone')
    const work = database.storage.transaction(async (transaction: StorageOperations) => {
      await policy.assign(transaction, principalId, 'viewer')
      expect((await policy.within(transaction).whoCan('content:read')).principals).toHaveLength(1)
      throw failure
    })
    await expect(work).rejects.toBe(failure)
    expect((await policy.whoCan('content:read')).principals).toEqual([])
  })
})
