import { credentials, identifiers } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addPrincipal, createTestStorage } from '../identity.fixture.js'
import { bumpEpoch, disablePrincipal } from '../principal/principals.js'
import {
  addIdentifier,
  findByIdentifier,
  findIdentifiedPrincipal,
  removeIdentifier,
  replaceIdentifier,
} from './identifiers.js'

const email = { collection: 'users', kind: 'email', key: 'anna@example.com' } as const

const setUp = async () => {
  const statements: string[] = []
  const storage = await createTestStorage((kind) => statements.push(kind))
  await addPrincipal(storage, 'anna')
  await addPrincipal(storage, 'ben')
  await addIdentifier(storage, { ...email, principalId: 'anna' })
  statements.length = 0
  return { storage, statements }
}

describe('findByIdentifier', () => {
  it('finds principal, password hash and versions by one statement', async () => {
    const { storage, statements } = await setUp()
    await storage.insert(credentials, { principal_id: 'anna', hash: 'phc', changed_at: 7 })
    await bumpEpoch(storage, 'anna')
    statements.length = 0
    expect(await findByIdentifier(storage, email)).toEqual({
      principal: {
        id: 'anna',
        collection: 'users',
        recordKey: 'anna',
        active: true,
        epoch: 1,
        secondFactors: 0,
        failedAttempts: 0,
        createdAt: 1_000,
      },
      credential: { principalId: 'anna', hash: 'phc', changedAt: 7 },
      versions: { authz: 0, policy: 0, config: 0 },
    })
    expect(statements).toHaveLength(1)
  })

  it('finds a principal without a password, and one that is disabled', async () => {
    const { storage } = await setUp()
    await disablePrincipal(storage, 'anna')
    const found = await findByIdentifier(storage, email)
    expect(found?.credential).toBeUndefined()
    expect(found?.principal.active).toBe(false)
  })

  it('finds nobody by another collection, kind or key', async () => {
    const { storage } = await setUp()
    for (const other of [
      { ...email, collection: 'customers' },
      { ...email, kind: 'username' },
      { ...email, key: 'Anna@example.com' },
      { ...email, key: 'anna@example.com ' },
    ]) {
      expect(await findByIdentifier(storage, other)).toBeUndefined()
    }
  })
})

describe('findIdentifiedPrincipal', () => {
  it('finds the same by the id of the principal, by one statement', async () => {
    const { storage, statements } = await setUp()
    await addIdentifier(storage, { collection: 'users', kind: 'username', key: 'anna', principalId: 'anna' })
    await storage.insert(credentials, { principal_id: 'anna', hash: 'phc', changed_at: 7 })
    statements.length = 0
    const found = await findIdentifiedPrincipal(storage, 'anna')
    expect(statements).toHaveLength(1)
    expect(found).toEqual(await findByIdentifier(storage, email))
    expect(await findIdentifiedPrincipal(storage, 'nobody')).toBeUndefined()
  })
})

describe('addIdentifier', () => {
  it.each([
    ['email', 'email_taken'],
    ['username', 'username_taken'],
    ['phone', 'conflict'],
    ['constructor', 'conflict'],
  ])('says that a taken %s is %s', async (kind, code) => {
    const { storage } = await setUp()
    const identifier = { collection: 'users', kind, key: 'taken' }
    await addIdentifier(storage, { ...identifier, principalId: 'anna' })
    const refused = addIdentifier(storage, { ...identifier, principalId: 'ben' })
    await expect(refused).rejects.toMatchObject({ code })
    // The codes of their own say which field it is; of others, the code tells nothing.
    const issues = code === 'conflict' ? [{ path: kind, code: 'taken', message: 'is taken' }] : undefined
    expect(await refused.catch((error: { readonly issues?: unknown }) => error.issues)).toEqual(issues)
  })

  it('names nobody in its error', async () => {
    const { storage } = await setUp()
    const error: unknown = await addIdentifier(storage, { ...email, principalId: 'ben' }).catch((reason) => reason)
    expect((error as Error).message).not.toContain('anna')
  })

  it('gives a value to one principal, of many at a time', async () => {
    const { storage } = await setUp()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        addIdentifier(storage, { ...email, key: 'new@example.com', principalId: index % 2 === 0 ? 'anna' : 'ben' }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('lets two collections have the same value', async () => {
    const { storage } = await setUp()
    await addPrincipal(storage, 'carl', 'customers')
    await addIdentifier(storage, { ...email, collection: 'customers', principalId: 'carl' })
    expect((await findByIdentifier(storage, email))?.principal.id).toBe('anna')
    expect((await findByIdentifier(storage, { ...email, collection: 'customers' }))?.principal.id).toBe('carl')
  })
})

describe('replaceIdentifier', () => {
  it('changes the value of its owner', async () => {
    const { storage } = await setUp()
    const newKey = 'anna@new.example'
    expect(await replaceIdentifier(storage, { ...email, principalId: 'anna', newKey })).toBe(true)
    expect(await findByIdentifier(storage, email)).toBeUndefined()
    expect((await findByIdentifier(storage, { ...email, key: newKey }))?.principal.id).toBe('anna')
  })

  it('changes nothing of somebody else', async () => {
    const { storage } = await setUp()
    expect(await replaceIdentifier(storage, { ...email, principalId: 'ben', newKey: 'ben@example.com' })).toBe(false)
    expect((await findByIdentifier(storage, email))?.principal.id).toBe('anna')
  })

  it('says when the new value is taken', async () => {
    const { storage } = await setUp()
    await addIdentifier(storage, { ...email, key: 'ben@example.com', principalId: 'ben' })
    await expect(
      replaceIdentifier(storage, { ...email, principalId: 'anna', newKey: 'ben@example.com' }),
    ).rejects.toMatchObject({ code: 'email_taken' })
  })
})

describe('removeIdentifier', () => {
  it('takes a value from its owner only', async () => {
    const { storage } = await setUp()
    expect(await removeIdentifier(storage, { ...email, principalId: 'ben' })).toBe(false)
    expect(await removeIdentifier(storage, { ...email, principalId: 'anna' })).toBe(true)
    expect(await storage.count(identifiers)).toBe(0)
  })
})
