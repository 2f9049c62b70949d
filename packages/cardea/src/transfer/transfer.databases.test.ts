import { principals, roleAssignments, systemTables } from '@cardea/storage'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authentication } from '../api/sign-in.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { codeOf } from '../users/users.fixture.js'
import {
  asking,
  bytesOf,
  createTransferApp,
  hash,
  lines,
  now,
  password,
  type TransferApp,
  textOf,
} from './transfer.fixture.js'

describe.each(firstWhereQuick(databases))('import and export of users on $name', ({ open }) => {
  let database: TestDatabase
  let app: TransferApp

  beforeAll(async () => {
    database = await open()
    app = createTransferApp(database.nodes[0])
    await app.auth.migrate()
    await app.auth.ready()
  })

  afterAll(async () => {
    await app?.auth.close()
    await database?.close()
  })

  const jsonl = { format: 'jsonl' } as const
  const rows = async (): Promise<string> => {
    await app.settle()
    const found = await Promise.all(systemTables.map((table) => app.storage.find(table, { limit: 'all' })))
    // No database promises an order that was not asked for.
    return JSON.stringify(found.map((each) => each.map((row) => JSON.stringify(row)).toSorted()))
  }
  const canSignIn = async (email: string): Promise<boolean> =>
    (await codeOf(app.auth.users.login({ email, password }))) === 'none'

  it('brings users over with all that they have', async () => {
    const { auth, events } = app
    events.length = 0
    const ada = {
      email: 'Ada@Example.com',
      username: 'ada',
      company: 'Engines',
      verified: true,
      password_hash: hash,
      created_at: '2020-02-03T04:05:06.789Z',
      roles: ['clerk', 'mover'],
      identities: [{ provider: 'google.com', subject: '1815', email: 'ada@example.com' }],
      old: 17,
    }
    const bob = { email: 'bob@example.com', status: 'disabled', password_hash: hash, old: 18 }
    const options = { ...jsonl, fields: { legacy_id: 'old' } } as const
    // A number is no text: the field says so, and the other one comes over.
    expect(await auth.users.import(lines({ ...ada, old: 'a17' }, bob, { ...bob, old: 'b18' }), options)).toMatchObject({
      records: 3,
      imported: 2,
      refused: 1,
      firstRefused: [{ record: 2, line: 2, issues: [{ path: 'legacy_id', code: 'invalid_type' }] }],
    })
    const { items } = await auth.users.profiles({ filter: { email: { eq: 'ada@example.com' } } })
    expect(items).toMatchObject([
      {
        user: { username: 'ada', company: 'Engines', verified: true, status: 'active', created_at: ada.created_at },
        roles: [{ label: 'clerk' }, { label: 'mover' }],
        identityLinks: [{ provider: 'google', subject: '1815' }],
      },
    ])
    expect(await canSignIn('ada@example.com')).toBe(true)
    expect(await canSignIn('bob@example.com')).toBe(false)
    expect((await auth.users.findByEmail('bob@example.com'))?.roles).toEqual(['member'])
    expect(events.filter(({ type }) => type.startsWith('user'))).toMatchObject([
      { type: 'users.imported', users: 2, principalId: null, actorId: null },
    ])
  })

  it('skips, changes or refuses whom it finds, and a second run changes nothing', async () => {
    const { auth } = app
    const carl = { email: 'carl@example.com', company: 'Old', username: 'carl', password_hash: hash }
    expect(await auth.users.import(lines(carl), jsonl)).toMatchObject({ imported: 1 })
    const before = await rows()
    expect(await auth.users.import(lines(carl), jsonl)).toMatchObject({ imported: 0, skipped: 1 })
    expect(await rows()).toBe(before)
    const changed = { email: 'CARL@example.com', company: 'New', username: 'other', verified: true, roles: ['mover'] }
    expect(await auth.users.import(lines(changed), { ...jsonl, onConflict: 'fail' })).toMatchObject({
      refusedFor: { email_taken: 1 },
    })
    expect(await auth.users.import(lines(changed), { ...jsonl, onConflict: 'update' })).toMatchObject({ updated: 1 })
    // Nothing that somebody signs in by, or has rights by.
    expect(await auth.users.findByEmail('carl@example.com')).toMatchObject({
      company: 'New',
      username: 'carl',
      verified: false,
      roles: ['member'],
    })
  })

  it('sees two of one file, in one batch and in two, and refuses what only one can have', async () => {
    const { auth } = app
    const user = (index: number, more: object) => ({ email: `dup${index}@example.com`, ...more })
    const source = () =>
      lines(
        user(1, { username: 'dup' }),
        user(1, {}),
        user(2, { username: 'DUP' }),
        user(3, { identities: [{ provider: 'google', subject: 'dup' }] }),
        user(4, { identities: [{ provider: 'google', subject: 'dup' }] }),
        user(5, {}),
      )
    // A dry run sees those of its own batch.
    const found = { imported: 3, skipped: 1, refusedFor: { taken: 2 } }
    expect(await auth.users.import(source(), { ...jsonl, dryRun: true })).toMatchObject(found)
    expect(await auth.users.import(source(), { ...jsonl, batchSize: 1 })).toMatchObject(found)
    for (const email of [1, 3, 5].map((index) => `dup${index}@example.com`)) {
      const { id = '' } = (await auth.users.findByEmail(email)) ?? {}
      await auth.users.delete(id)
    }
    let batches = 0
    const onProgress = (): void => {
      batches += 1
    }
    expect(await auth.users.import(source(), { ...jsonl, onProgress })).toMatchObject(found)
    expect(batches).toBe(1)
    const legacy = (index: number) => ({ email: `legacy${index}@example.com`, old: 'same' })
    const options = { ...jsonl, fields: { legacy_id: 'old' } }
    // A key that only the table knows breaks the batch: all but the one come over, one by one.
    expect(await auth.users.import(lines(legacy(1), legacy(2), legacy(3)), options)).toMatchObject({
      imported: 1,
      firstRefused: [
        { record: 2, issues: [{ path: 'legacy_id', code: 'taken' }] },
        { record: 3, issues: [{ path: 'legacy_id', code: 'taken' }] },
      ],
    })
  })

  it('writes nothing in a dry run, and finds the same', async () => {
    const { auth, events } = app
    await auth.users.import(lines({ email: 'dry0@example.com' }), jsonl)
    const source = () =>
      lines(
        { email: 'dry0@example.com' },
        { email: 'dry1@example.com' },
        { email: 'dry2@example.com', roles: ['no such'] },
      )
    const before = await rows()
    events.length = 0
    const dry = await auth.users.import(source(), { ...jsonl, dryRun: true })
    expect([await rows(), events]).toEqual([before, []])
    const real = await auth.users.import(source(), jsonl)
    expect({ ...dry, dryRun: false }).toEqual(real)
    expect(real).toMatchObject({ imported: 1, skipped: 1, refusedFor: { unknown_role: 1 }, withoutPassword: 1 })
  })

  it('goes on where it broke off', async () => {
    const { auth } = app
    const all = Array.from({ length: 10 }, (_, index) => ({ email: `resume${index}@example.com` }))
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* lines(...all.slice(0, 7))
      throw new Error('the disk is gone')
    }
    let done = 0
    const onProgress = ({ records }: { readonly records: number }): void => {
      done = records
    }
    await expect(auth.users.import(breaking(), { ...jsonl, batchSize: 3, onProgress })).rejects.toThrow(
      'the disk is gone',
    )
    expect(done).toBe(6)
    expect(app.events.at(-1)).toMatchObject({ type: 'users.imported', users: 6 })
    expect(await auth.users.import(lines(...all), { ...jsonl, after: done })).toMatchObject({
      records: 10,
      imported: 4,
      skipped: 0,
    })
    expect(await auth.users.count({ search: 'resume' })).toBe(10)
  })

  it('lets whoever registers at the same moment have the address once', async () => {
    const { auth } = app
    const emails = Array.from({ length: 12 }, (_, index) => `race${index}@example.com`)
    const [report, ...registered] = await Promise.all([
      auth.users.import(lines(...emails.map((email) => ({ email, password_hash: hash }))), { ...jsonl, batchSize: 4 }),
      ...emails.map((email) => codeOf(auth.users.register({ email, password: 'another horse battery' }))),
    ])
    const won = registered.filter((code) => code === 'none').length
    expect(report.imported + report.skipped).toBe(emails.length)
    expect(report.imported).toBe(emails.length - won)
    expect(registered.filter((code) => code !== 'none' && code !== 'email_taken')).toEqual([])
    expect(await auth.users.count({ search: 'race' })).toBe(emails.length)
  })

  it('gives nobody more than whoever asks may give', async () => {
    const { auth, storage } = app
    const [mover, clerk] = [
      await asking(app, 'mover@example.com', 'mover'),
      await asking(app, 'clerk@example.com', 'clerk'),
    ]
    const source = () =>
      lines(
        { email: 'by1@example.com', verified: true, password_hash: hash, roles: ['clerk'] },
        { email: 'by2@example.com', roles: ['admin'] },
        { email: 'by3@example.com' },
      )
    const before = await rows()
    expect(await codeOf(auth.users.import(source(), { ...jsonl, by: clerk }))).toBe('forbidden')
    expect(await rows()).toBe(before)
    expect(await auth.users.import(source(), { ...jsonl, by: mover })).toMatchObject({
      imported: 2,
      firstRefused: [{ record: 2, issues: [{ path: 'roles', code: 'forbidden' }] }],
    })
    expect(app.events.at(-1)).toMatchObject({ type: 'users.imported', actorId: mover.principalId })
    // Hidden fields are not for those who ask.
    expect(
      await auth.users.import(lines({ email: 'by4@example.com', old: 'x' }), {
        ...jsonl,
        by: mover,
        fields: { legacy_id: 'old' },
      }),
    ).toMatchObject({ refusedFor: { unknown_field: 1 } })
    const held = await storage.find(roleAssignments, { limit: 'all' })
    const known = new Set((await storage.find(principals, { limit: 'all' })).map(({ id }) => id))
    expect(held.every(({ principal_id: id }) => known.has(id))).toBe(true)
  })

  it('is refused inside a transaction of the app', async () => {
    const work = database.app
      .transaction()
      .execute((transaction) => app.auth.with(transaction).users.import(lines({ email: 'inside@example.com' }), jsonl))
    expect(await codeOf(work)).toBe('invalid_request')
  })

  it('exports what an import brings back, in both formats', async () => {
    const { auth } = app
    const user = {
      email: 'export@example.com',
      username: 'export',
      company: '=cmd|"calc", \n and more',
      seats: -5,
      extra: { list: [1, '"'] },
      verified: true,
      status: 'disabled',
      roles: ['clerk', 'member'],
      created_at: new Date(now - 1_000).toISOString(),
      identities: [{ provider: 'google', subject: 'export', email: null }],
      password_hash: hash,
    }
    await auth.users.import(lines(user), jsonl)
    for (const format of ['jsonl', 'csv'] as const) {
      const filter = { email: { eq: user.email } }
      const text = await textOf(auth.users.export({ format, filter, withPasswordHashes: true }))
      expect(await textOf(auth.users.export({ format, filter }))).not.toContain(hash)
      if (format === 'csv') expect(text).toContain(`"'=cmd`)
      const { id = '' } = (await auth.users.findByEmail(user.email)) ?? {}
      await auth.users.delete(id)
      expect(await auth.users.import(bytesOf(text), { format })).toMatchObject({ imported: 1, refused: 0 })
      const [again = ''] = (await textOf(auth.users.export({ ...jsonl, filter, withPasswordHashes: true }))).split('\n')
      expect(JSON.parse(again)).toMatchObject(user)
    }
  })

  it('exports every user once, over pages, and only to those who may read', async () => {
    const { auth } = app
    const many = Array.from({ length: 510 }, (_, index) => ({ email: `page${index}@example.org` }))
    await auth.users.import(lines(...many), { ...jsonl, batchSize: 200 })
    const text = await textOf(auth.users.export(jsonl))
    const all = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id)
    expect(new Set(all).size).toBe(all.length)
    expect(all).toHaveLength(await auth.users.count())
    expect(text).not.toContain('legacy_id')
    expect(app.events.at(-1)).toMatchObject({ type: 'users.exported', users: all.length })
    const member = await asking(app, 'member@example.com', 'member')
    const clerk = await asking(app, 'clerk2@example.com', 'clerk')
    expect(await codeOf(textOf(auth.users.export({ ...jsonl, by: member })))).toBe('forbidden')
    expect(await codeOf(textOf(auth.users.export({ ...jsonl, by: clerk, withPasswordHashes: true })))).toBe('forbidden')
    expect(await codeOf(textOf(auth.users.export({ ...jsonl, by: clerk })))).toBe('none')
    expect(await textOf(auth.collections.customers.export({ format: 'csv' }))).toBe(
      'id,email,verified,created_at,updated_at,status,identities\r\n',
    )
  })

  it('goes on no longer than the session or the key of whoever asks', async () => {
    const { auth } = app
    const mover = await asking(app, 'mover3@example.com', 'mover')
    const many = Array.from({ length: 510 }, (_, index) => ({ email: `slow${index}@example.org` }))
    await auth.users.import(lines(...many), { ...jsonl, batchSize: 200 })
    const { key, apiKey } = await auth.apiKeys.create({ principalId: mover.principalId, scopes: null })
    const found = await auth.verify({ bearerToken: key })
    if (!found.authenticated) throw new Error(found.code)
    const whileItEnds = async (by: Authentication, end: () => Promise<unknown>): Promise<readonly string[]> => {
      const reading = auth.users.export({ ...jsonl, by })[Symbol.asyncIterator]()
      await reading.next()
      const email = (index: number) => ({ email: `${by.credential}${index}@example.org` })
      const writing = auth.users.import(lines(email(0), email(1)), {
        ...jsonl,
        by,
        batchSize: 1,
        onProgress: async () => void (await end()),
      })
      const codes = [await codeOf(writing), await codeOf(reading.next())]
      expect(await auth.users.count({ filter: { email: { contains: by.credential } } })).toBe(1)
      return codes
    }
    expect(await whileItEnds(found.authentication, () => auth.apiKeys.revoke(apiKey.id))).toEqual([
      'token_invalid',
      'token_invalid',
    ])
    expect(await whileItEnds(mover, () => auth.sessions.revoke(mover.principalId, mover.session?.id ?? ''))).toEqual([
      'session_revoked',
      'session_revoked',
    ])
  })
})
