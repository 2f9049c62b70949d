import { secureRandom } from '@cardea/core/crypto'
import type { CreatedApiKey } from '@cardea/identity'
import { systemTables } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authentication, AuthenticationResult } from '../api/sign-in.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { jane } from '../testing.fixture.js'
import { closeTwoNodes, openTwoNodes, type TwoNodes } from '../two-nodes.fixture.js'

const repeats = rounds({ test: 2, ci: 4, long: 100 })

const field = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
/** A key that nobody has: any 32 bytes have the form of one. */
const newPublicKey = (): string =>
  `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(secureRandom(32))]).toString('base64')}`

describe.each(databases)('keys on $name', ({ name, open }) => {
  let database: TestDatabase
  let nodes: TwoNodes['nodes']

  beforeAll(async () => {
    ;({ database, nodes } = await openTwoNodes(open))
  })

  afterAll(() => closeTwoNodes({ database, nodes }))

  /** One of two nodes, in turn. */
  const node = (index: number) => (index % 2 === 0 ? nodes[0].auth : nodes[1].auth)
  let accounts = 0
  const signUp = async (): Promise<string> => {
    accounts += 1
    const own = { ...jane, email: `user${accounts}@example.com`, username: `user${accounts}` }
    const registered = await nodes[0].auth.users.register(own)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    return registered.signIn.user.id
  }
  /** Waits for all that answers have not waited for. */
  const settle = async () => await Promise.all(nodes.map((one) => one.settle()))
  const isGood = async (bearerToken: string, index = 0): Promise<boolean> =>
    (await node(index).verify({ bearerToken })).authenticated
  const many = <Result>(count: number, work: (index: number) => Promise<Result>) =>
    Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)))
  const fulfilled = (results: readonly PromiseSettledResult<unknown>[]) =>
    results.filter(({ status }) => status === 'fulfilled').length

  /**
   * Those who got nothing got this for it. What is promised to each is an answer in two seconds: where half of them wait for one
   * connection and all for one row, a database server may have none for some. SQLite has no such queue.
   */
  const expectRefused = (results: readonly PromiseSettledResult<unknown>[], code: string) => {
    const codes = new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : [])))
    codes.delete(code)
    if (!name.startsWith('SQLite')) codes.delete('unavailable')
    expect([...codes]).toEqual([])
  }

  it('takes one statement for a request with an API key that is authenticated and authorized', async () => {
    const principalId = await signUp()
    const { key } = await nodes[0].auth.apiKeys.create({ principalId, scopes: ['content:read'] })
    const act = async () => {
      const result = await nodes[0].auth.verify({ bearerToken: key })
      if (!result.authenticated) throw new Error(result.code)
      const subject = await nodes[0].auth.permissions.subject(result.authentication)
      expect([subject.can('content:read'), subject.can('routes:read')]).toEqual([true, false])
    }
    // The other node notes the first use, and this one reads the roles.
    expect(await isGood(key, 1)).toBe(true)
    await act()
    // What signing up and the first use have left for after their answers is no part of a request that comes later.
    await settle()
    const before = database.statements.length
    await act()
    const made = database.statements.slice(before).filter(({ kind }) => kind === 'statement')
    expect(made.map(({ sql }) => sql)).toHaveLength(1)
  })

  it('notes where a key was used with when, once a minute, whichever node it is', async () => {
    const principalId = await signUp()
    const { key, apiKey } = await nodes[0].auth.apiKeys.create({ principalId })
    const use = async (index: number, ip: string) => {
      expect((await node(index).verify({ bearerToken: key, ip })).authenticated).toBe(true)
      await settle()
      const { lastUsedAt, lastUsedIp } = (await node(index + 1).apiKeys.find(apiKey.id)) ?? {}
      return [lastUsedAt, lastUsedIp]
    }
    const longest = '2001:db80:1111:2222:3333:4444:5555:6666'
    const start = nodes[0].clock.now()
    expect(await use(0, longest)).toEqual([start, longest])
    expect(await use(1, '192.0.2.7')).toEqual([start, longest])
    for (const { clock } of nodes) clock.advance(60_000)
    // Of several at once, one is written whole.
    await many(20, async (index) => await node(index).verify({ bearerToken: key, ip: `192.0.2.${index}` }))
    await settle()
    const found = await nodes[0].auth.apiKeys.find(apiKey.id)
    expect(found).toMatchObject({ lastUsedAt: start + 60_000, lastUsedIp: expect.stringMatching(/^192\.0\.2\.\d+$/) })
    for (const { clock } of nodes) clock.advance(60_000)
    expect(await use(1, 'not an address')).toEqual([start + 120_000, null])
  })

  it('keeps all of a key, and sees at once on another node what became of it', async () => {
    const principalId = await signUp()
    const expiresAt = nodes[0].clock.now() + 1_000
    const { apiKey, key } = await nodes[0].auth.apiKeys.create({
      principalId,
      label: 'é\u{1f511}',
      scopes: [],
      expiresAt,
    })
    expect(await nodes[1].auth.apiKeys.find(apiKey.id)).toEqual(apiKey)
    expect(apiKey).toMatchObject({ label: 'é\u{1f511}', scopes: [], expiresAt, collection: 'users' })
    const unscoped = await nodes[0].auth.apiKeys.create({ principalId })
    expect((await nodes[1].auth.apiKeys.find(unscoped.apiKey.id))?.scopes).toBeNull()
    expect(await isGood(key, 1)).toBe(true)
    await nodes[0].auth.apiKeys.revoke(apiKey.id)
    expect(await isGood(key, 1)).toBe(false)
  })

  it('leaves nothing in the database that a key could be made from', async () => {
    const { key } = await nodes[0].auth.apiKeys.create({ principalId: await signUp() })
    const secret = key.split('_')[2] ?? ''
    const rows = await Promise.all(systemTables.map((table) => database.nodes[0].find(table, { limit: 'all' })))
    const text = JSON.stringify(rows)
    for (const part of [secret, secret.slice(0, 43)]) {
      for (const form of [part, Buffer.from(part).toString('hex'), Buffer.from(part).toString('base64url')]) {
        expect(text).not.toContain(form)
      }
    }
  })

  it('stops at the maximum, however many are made at once from two nodes', async () => {
    const principalId = await signUp()
    for (let made = 0; made < 99; made += 1) await nodes[0].auth.apiKeys.create({ principalId })
    const results = await many(50, (index) => node(index).apiKeys.create({ principalId }))
    expect(fulfilled(results)).toBe(1)
    expectRefused(results, 'conflict')
    expect(await nodes[0].auth.apiKeys.list(principalId)).toHaveLength(100)
  })

  it('leaves no child behind when its parent is revoked while children are made', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const [admin, owner] = [await signUp(), await signUp()]
      await nodes[0].auth.permissions.assign(admin, 'admin')
      const parent = await nodes[0].auth.apiKeys.create({ principalId: admin })
      const by = await nodes[0].auth.verify({ bearerToken: parent.key })
      if (!by.authenticated) throw new Error(by.code)
      const children: string[] = []
      const results = await many(12, async (index) => {
        if (index === 4) {
          await node(index).apiKeys.revoke(parent.apiKey.id)
          return
        }
        const principalId = index % 3 === 0 ? admin : owner
        const made = await node(index).apiKeys.create({ principalId, scopes: ['content:read'] }, by.authentication)
        children.push(made.key)
      })
      expectRefused(results, 'token_invalid')
      expect(await isGood(parent.key)).toBe(false)
      for (const key of children) expect(await isGood(key)).toBe(false)
    }
  })

  it('ends a tree of keys with its root, and removes it with its root', async () => {
    const [anna, ben, carl] = [await signUp(), await signUp(), await signUp()]
    for (const id of [anna, ben, carl]) await nodes[0].auth.permissions.assign(id, 'admin')
    const { apiKeys } = nodes[0].auth
    /** Keys of which each was made with the one before, the owners in turn. */
    const chain = async (owners: readonly string[]) => {
      const keys: { key: string; id: string }[] = []
      let by: Authentication | undefined
      for (const principalId of owners) {
        const input = { principalId }
        const { apiKey, key }: CreatedApiKey =
          by === undefined ? await apiKeys.create(input) : await apiKeys.create(input, by)
        keys.push({ key, id: apiKey.id })
        const found: AuthenticationResult = await nodes[0].auth.verify({ bearerToken: key })
        if (!found.authenticated) throw new Error(found.code)
        by = found.authentication
      }
      return keys
    }
    const states = (keys: readonly { key: string }[]) => Promise.all(keys.map(({ key }) => isGood(key)))
    const cut = await chain([ben, anna, ben, anna])
    await apiKeys.revoke(cut[1]?.id ?? '')
    expect(await states(cut)).toEqual([true, false, false, false])
    const ended = await chain([anna, ben, anna, ben])
    await nodes[0].auth.users.disable(anna)
    expect(await states(ended)).toEqual([false, false, false, false])
    const removed = await chain([ben, carl, ben, carl])
    await nodes[0].auth.users.delete(ben)
    expect(await Promise.all(removed.map(({ id }) => apiKeys.find(id)))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    await nodes[0].auth.users.delete(anna)
    expect(await apiKeys.list(carl)).toEqual([])
  })

  it('is part of a transaction of the app', async () => {
    const principalId = await signUp()
    const undone = database.app.transaction().execute(async (transaction) => {
      const inside = nodes[0].auth.with(transaction)
      const { key } = await inside.apiKeys.create({ principalId })
      expect((await inside.verify({ bearerToken: key })).authenticated).toBe(true)
      await inside.sshKeys.add({ principalId, publicKey: newPublicKey() })
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await nodes[0].auth.apiKeys.list(principalId)).toEqual([])
    expect(await nodes[0].auth.sshKeys.list(principalId)).toEqual([])
  })

  it('lets an SSH key belong to one principal, however many add it at once', async () => {
    for (let round = 0; round < repeats; round += 1) {
      const owners = [await signUp(), await signUp()]
      const publicKey = newPublicKey()
      const results = await many(20, (index) =>
        node(index).sshKeys.add({ principalId: owners[index % 2] ?? '', publicKey }),
      )
      expect(fulfilled(results)).toBe(1)
      expectRefused(results, 'conflict')
    }
  })

  it('finds the owner of an SSH key by one statement, while it is active', async () => {
    const principalId = await signUp()
    const { fingerprint } = await nodes[0].auth.sshKeys.add({ principalId, publicKey: newPublicKey() })
    await settle()
    const before = database.statements.length
    expect((await nodes[0].auth.sshKeys.findByFingerprint(fingerprint))?.principal.id).toBe(principalId)
    expect(database.statements.slice(before).filter(({ kind }) => kind === 'statement')).toHaveLength(1)
    await nodes[1].auth.users.disable(principalId)
    expect(await nodes[0].auth.sshKeys.findByFingerprint(fingerprint)).toBeUndefined()
  })
})
