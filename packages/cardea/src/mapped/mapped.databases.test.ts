import { defineCollection } from '@cardea/collections'
import { eq } from '@cardea/core'
import type { OAuthProfile } from '@cardea/identity/oauth'
import { credentials, identifiers, principals } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importedHash } from '../accounts/imported-hash.fixture.js'
import { createTestProvider } from '../accounts/oauth/oauth.fixture.js'
import { createCardea } from '../create-cardea.js'
import { databases } from '../databases.fixture.js'
import { createTestLogger } from '../testing.fixture.js'
import { codeIn, codeOf, type MappedApp, openMapped, password, start } from './mapped.fixture.js'

describe.each(databases)('a collection over a table of the app on $name', ({ open }) => {
  const company = createTestProvider('company')
  let app: MappedApp
  let auth: MappedApp['nodes'][0]['auth']

  beforeAll(async () => {
    app = await openMapped(open, {
      oauth: { providers: [company.provider], redirects: ['/welcome'], collections: { customers: ['company'] } },
    })
    auth = app.nodes[0].auth
  })
  afterAll(async () => await app?.close())

  const customer = async (mail: string, more: { readonly verified?: boolean; readonly phone?: string } = {}) => {
    const { quoted, run } = app
    const verified =
      app.database.nodes[0].dialect === 'postgres' ? String(more.verified ?? false) : Number(more.verified ?? 0)
    const phone = more.phone === undefined ? 'null' : `'${more.phone}'`
    await run(
      `insert into ${quoted('shop_Customers')} (mail, is_verified, phone, made_at) values ('${mail}', ${verified}, ${phone}, '2020-02-03 04:05:06')`,
    )
    const [row] = await run(`select max(customer_id) as id from ${quoted('shop_Customers')}`)
    return String(row?.['id'])
  }
  const rowOf = async (id: string) =>
    (await app.run(`select * from ${app.quoted('shop_Customers')} where customer_id = ${id}`))[0]
  const principalOf = async (recordKey: string) =>
    (await app.database.nodes[0].find(principals, { where: eq('record_key', recordKey), limit: 'all' }))[0]

  it('registers into it: the id is the database’s, and the session is the principal’s', async () => {
    const { customers } = auth.collections
    const registered = await customers.register({
      email: 'Ada@Shop.example',
      password,
      company: 'Engines',
      credits: 7,
      phone: '+44 1',
    })
    if (registered.status !== 'signed_in') throw new Error(registered.status)
    const { user, session } = registered.signIn
    expect(user.id).toMatch(/^\d+$/)
    expect(user).toEqual({
      id: user.id,
      principal_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: 'ada@shop.example',
      verified: false,
      company: 'Engines',
      credits: 7,
      phone: '+44 1',
      created_at: new Date(start).toISOString(),
      updated_at: new Date(start).toISOString(),
    })
    expect(session.principalId).toBe(user.principal_id)
    expect(await rowOf(user.id)).toMatchObject({ mail: 'ada@shop.example', companyName: 'Engines', credits: 7 })
    expect(await principalOf(user.id)).toMatchObject({ id: user.principal_id, collection: 'customers', verified: null })
    for (const login of [{ email: 'ADA@shop.example' }, { phone: '+44 1' }]) {
      expect((await customers.login({ ...login, password })).user.id).toBe(user.id)
    }
    expect(await customers.find(user.principal_id ?? '')).toEqual(user)
    expect(await customers.findByRecordId(user.id)).toEqual(user)
    expect(await customers.findByRecordId(`0${user.id}`)).toBeUndefined()
    expect(await codeOf(customers.register({ email: 'ada@SHOP.example', password }))).toBe('email_taken')
    expect(await codeOf(customers.register({ email: 'b@shop.example', password, credits: 1.5 }))).toBe(
      'invalid_request',
    )
  })

  it('changes, lists and deletes as everywhere', async () => {
    const { customers } = auth.collections
    const made = await customers.create({ email: 'list@shop.example', password, company: 'List' }, { verified: true })
    const principalId = String(made.principal_id)
    app.nodes[0].clock.at += 1_000
    const changed = await customers.update(principalId, { company: 'Changed', phone: '+44 2' })
    expect(changed).toMatchObject({ id: made.id, company: 'Changed', verified: true })
    expect(changed.updated_at).toBe(new Date(start + 1_000).toISOString())
    expect((await customers.login({ phone: '+44 2', password })).user.id).toBe(made.id)
    const moved = await customers.change(principalId, { email: 'moved@shop.example', verified: false })
    expect(moved).toMatchObject({ id: made.id, email: 'moved@shop.example', verified: false, status: 'active' })
    expect(await rowOf(made.id)).toMatchObject({ mail: 'moved@shop.example' })
    const other = await customer('unadopted@shop.example')
    const { items } = await customers.list({ sort: ['id'], limit: 100 })
    expect(items.find(({ id }) => id === other)).toMatchObject({ principal_id: null, status: 'active' })
    expect(items.map(({ id }) => Number(id))).toEqual(items.map(({ id }) => Number(id)).toSorted((a, b) => a - b))
    expect((await customers.list({ filter: { email: { eq: 'Moved@shop.example' } } })).items).toEqual([moved])
    expect((await customers.list({ filter: { id: { eq: 'no number' } } })).items).toEqual([])
    expect(await customers.count({ filter: { company: { eq: 'changed' } } })).toBe(0)
    expect(await customers.count({ filter: { company: { eq: 'Changed' } } })).toBe(1)
    const paged: string[] = []
    for (let after: Awaited<ReturnType<typeof customers.list>>['next'] = null; ; ) {
      const page = await customers.list({ sort: ['-created_at'], limit: 1, ...(after === null ? {} : { after }) })
      paged.push(...page.items.map(({ id }) => id))
      after = page.next
      if (after === null) break
    }
    expect(paged.toSorted()).toEqual(items.map(({ id }) => id).toSorted())
    const [profile] = (await customers.profiles({ filter: { id: { eq: made.id } } })).items
    expect(profile?.sessions).toHaveLength(0)
    await customers.login({ email: 'moved@shop.example', password })
    await customers.delete(principalId)
    expect(await rowOf(made.id)).toBeUndefined()
    expect(await app.database.nodes[0].count(principals, eq('id', principalId))).toBe(0)
    expect(await app.sessionsOf(principalId)).toBe(0)
  })

  it('adopts rows with the passwords they had, once, whoever adopts them at the same time', async () => {
    const { customers } = auth.collections
    const ids = [await customer('one@old.example'), await customer('TWO@old.example'), await customer('no address')]
    const rows = [
      { id: Number(ids[0]), email: 'ONE@old.example', passwordHash: importedHash('old password') },
      { id: ids[1] ?? '', passwordHash: importedHash('other password') },
      { id: ids[2] ?? '' },
      { id: '987654' },
      { id: ids[0] === undefined ? '' : `0${ids[0]}` },
    ]
    const both = await Promise.all(app.nodes.map((node) => node.auth.collections.customers.adopt(rows)))
    expect(both.reduce((sum, { adopted }) => sum + adopted, 0)).toBe(2)
    for (const report of both) {
      expect(report.adopted + report.unchanged).toBe(2)
      expect(
        report.firstRefused.map(({ id, issues }) => `${id} ${issues[0]?.path} ${issues[0]?.code}`).toSorted(),
      ).toEqual([`${ids[2]} email invalid_format`, '987654 id not_found', `0${ids[0]} id not_found`].toSorted())
    }
    for (const id of ids.slice(0, 2)) {
      expect(await app.database.nodes[0].count(principals, eq('record_key', id))).toBe(1)
    }
    expect(await customers.adopt(rows.slice(0, 2))).toMatchObject({ adopted: 0, changed: 0, unchanged: 2, refused: 0 })
    const { user } = await customers.login({ email: 'one@old.example', password: 'old password' })
    expect(user).toMatchObject({ id: ids[0], created_at: '2020-02-03T04:05:06.000Z' })
    await customers.login({ email: 'two@old.example', password: 'other password' })
    // A password that was set since stays.
    await customers.setPassword(String(user.principal_id), password)
    await customers.adopt(rows.slice(0, 1))
    await customers.login({ email: 'one@old.example', password })
    const wrong = await customers.adopt([{ id: ids[0] ?? '', email: 'other@old.example' }])
    expect(wrong.firstRefused).toMatchObject([{ id: ids[0], issues: [{ path: 'email', code: 'conflict' }] }])
    expect(await codeOf(customers.adopt([{} as never]))).toBe('invalid_request')
  })

  it('gives one of two rows with one address the principal, and says so of the other', async () => {
    const { customers } = auth.collections
    const [first, second] = [await customer('same@old.example'), await customer('Same@old.example')]
    const report = await customers.adopt([{ id: first }, { id: second }])
    expect(report).toMatchObject({ adopted: 1, refused: 1 })
    expect(report.firstRefused).toMatchObject([{ id: second, issues: [{ path: 'email', code: 'taken' }] }])
    expect(await principalOf(second)).toBeUndefined()
    await app.run(`delete from ${app.quoted('shop_Customers')} where customer_id = ${second}`)
  })

  it('adopts at the first sign-in whoever proves to have the mailbox, and nobody else', async () => {
    const { customers } = auth.collections
    const { mailbox, settle, events } = app.nodes[0]
    const id = await customer('first@old.example')
    expect(await codeOf(customers.login({ email: 'first@old.example', password }))).toBe('invalid_credentials')
    expect(await codeOf(customers.register({ email: 'First@old.example', password }))).toBe('email_taken')
    expect(await principalOf(id)).toBeUndefined()
    const { flowId } = await customers.requestOtp('FIRST@old.example')
    await settle()
    const sent = { email: 'first@old.example', flowId, code: codeIn(mailbox.list()[0]) }
    const { user } = await customers.verifyOtp(sent)
    expect(user).toMatchObject({ id, verified: true })
    expect(await rowOf(id)).toMatchObject({ is_verified: expect.toSatisfy((value) => Boolean(value)) })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'users.adopted', users: 1, principalId: user.principal_id }),
    )
    mailbox.clear()
    await customers.requestOtp('nobody@old.example')
    await settle()
    expect(mailbox.list()).toEqual([])
  })

  it('lets nobody in by the password of whom an id belonged to before', async () => {
    const { customers } = auth.collections
    const { mailbox, settle } = app.nodes[0]
    const id = await customer('former@old.example')
    await customers.adopt([{ id }])
    const former = await customers.findByRecordId(id)
    await customers.setPassword(String(former?.principal_id), password)
    await customers.login({ email: 'former@old.example', password })
    const table = app.quoted('shop_Customers')
    await app.run(`update ${table} set mail = 'heir@old.example', is_verified = (1 = 1) where customer_id = ${id}`)
    mailbox.clear()
    const { flowId } = await customers.requestOtp('heir@old.example')
    await settle()
    const sent = { email: 'heir@old.example', flowId, code: codeIn(mailbox.list()[0]) }
    expect((await customers.verifyOtp(sent)).user).toMatchObject({ id, email: 'heir@old.example' })
    for (const email of ['former@old.example', 'heir@old.example']) {
      expect(await codeOf(customers.login({ email, password }))).toBe('invalid_credentials')
    }
    mailbox.clear()
  })

  it('adopts by a reset, into a table that says nothing of addresses', async () => {
    const { vendors } = auth.collections
    const { mailbox, settle } = app.nodes[0]
    const id = '0197f3f0-0000-7000-8000-00000000abcd'
    await app.run(`insert into vendors (id, contact) values ('${id}', 'vendor@old.example')`)
    await vendors.requestPasswordReset('vendor@old.example')
    await settle()
    const token = /token=([\w.~-]+)/.exec(mailbox.list()[0]?.text ?? '')?.[1] ?? ''
    await vendors.confirmPasswordReset(token, password, {})
    const { user } = await vendors.login({ email: 'vendor@old.example', password })
    expect(user).toEqual({
      id,
      principal_id: expect.any(String),
      email: 'vendor@old.example',
      verified: true,
      created_at: null,
      updated_at: null,
    })
    expect((await vendors.list({ sort: ['id'] })).items).toEqual([{ ...user, status: 'active' }])
    expect(await codeOf(vendors.list({ sort: ['created_at'] }))).not.toBe('none')
    const made = await vendors.create({ email: 'new@old.example', password })
    expect(made.id).toBe(made.principal_id)
    expect(await app.run(`select contact from vendors where id = '${made.id}'`)).toEqual([
      { contact: 'new@old.example' },
    ])
  })

  it('brings all in line with the table: new rows, changed addresses, rows that are gone', async () => {
    const { staff } = auth.collections
    const { run } = app
    const { events } = app.nodes[0]
    for (const [id, mail] of [
      ['Ab', 'ab@staff.example'],
      ['aB ', 'ab2@staff.example'],
      ['é-1', 'e1@staff.example'],
      ['gone', 'gone@staff.example'],
    ]) {
      await run(`insert into staff (id, email) values ('${id}', '${mail}')`).catch(() => undefined)
    }
    const rows = (await run('select id from staff')).length
    const planned = await staff.sync({ dryRun: true })
    expect(planned).toMatchObject({ adopted: rows, changed: 0, refused: 0, disabled: 0, dryRun: true })
    expect((await staff.list()).items.every(({ principal_id: id }) => id === null)).toBe(true)
    const places: string[] = []
    const report = await staff.sync({ batchSize: 2, onProgress: ({ after }) => void places.push(after) })
    expect(report).toMatchObject({ adopted: rows, unchanged: 0, refused: 0, disabled: 0, dryRun: false })
    expect(await staff.sync()).toMatchObject({ adopted: 0, changed: 0, unchanged: rows, disabled: 0 })
    // From where an earlier run has come to.
    expect((await staff.sync({ batchSize: 2, after: places[0] })).unchanged).toBe(rows - 2)
    expect(await codeOf(staff.sync({ after: 'nowhere' }))).toBe('invalid_request')

    const [gone, changed] = [await staff.findByRecordId('gone'), await staff.findByRecordId('Ab')]
    for (const user of [gone, changed]) await staff.setPassword(String(user?.principal_id), password)
    const signedIn = await staff.login({ email: 'gone@staff.example', password })
    const other = await staff.login({ email: 'ab@staff.example', password })
    await run("delete from staff where id = 'gone'")
    await run("update staff set email = 'Changed@staff.example' where id = 'Ab'")
    const dry = await staff.sync({ dryRun: true })
    expect(dry).toMatchObject({ adopted: 0, changed: 1, disabled: 1 })
    events.length = 0
    expect(await staff.sync()).toMatchObject({ adopted: 0, changed: 1, unchanged: rows - 2, disabled: 1 })
    expect(events.map(({ type }) => type)).toEqual(['email.changed', 'principal.disabled'])
    for (const { accessToken } of [signedIn, other]) {
      const verified = await app.nodes[1].auth.verify({ bearerToken: accessToken ?? '' }, { collections: ['staff'] })
      expect(verified.authenticated).toBe(false)
    }
    expect(await codeOf(staff.login({ email: 'ab@staff.example', password }))).toBe('invalid_credentials')
    const { user } = await staff.login({ email: 'changed@staff.example', password })
    expect(user).toMatchObject({ id: 'Ab', email: 'Changed@staff.example', verified: false })
    expect(await codeOf(staff.login({ email: 'gone@staff.example', password }))).toBe('invalid_credentials')
    expect(await staff.sync()).toMatchObject({ changed: 0, disabled: 0 })
  })

  it('ends sessions as soon as anything finds the row gone', async () => {
    const { customers } = auth.collections
    const made = await customers.create({ email: 'away@shop.example', password })
    const principalId = String(made.principal_id)
    const signedIn = await customers.login({ email: 'away@shop.example', password })
    await app.run(`delete from ${app.quoted('shop_Customers')} where customer_id = ${made.id}`)
    // What asks only who it is does not see the table.
    const before = await auth.verify({ bearerToken: signedIn.accessToken ?? '' }, { collections: ['customers'] })
    if (!before.authenticated) throw new Error(before.code)
    expect(await customers.me(before.authentication)).toBeUndefined()
    await app.nodes[0].settle()
    const after = await app.nodes[1].auth.verify(
      { bearerToken: signedIn.accessToken ?? '' },
      { collections: ['customers'] },
    )
    expect(after.authenticated).toBe(false)
    expect(await app.sessionsOf(principalId)).toBe(0)
    expect(await codeOf(customers.login({ email: 'away@shop.example', password }))).toBe('invalid_credentials')
    expect(await app.database.nodes[0].findOne(principals, { where: eq('id', principalId) })).toMatchObject({
      status: 'disabled',
    })
  })

  it('ends them at once where the app lets the database do it', async () => {
    if (app.database.nodes[0].dialect !== 'sqlite') return
    const { customers } = auth.collections
    const made = await customers.create({ email: 'trigger@shop.example', password })
    const { accessToken = '' } = await customers.login({ email: 'trigger@shop.example', password })
    await app.run(`create trigger customer_gone after delete on "shop_Customers" for each row begin
      update cardea_principals set status = 'disabled', epoch = epoch + 1
      where collection = 'customers' and record_key = cast(old.customer_id as text);
    end`)
    await app.run(`delete from "shop_Customers" where customer_id = ${made.id}`)
    const result = await app.nodes[1].auth.verify({ bearerToken: accessToken }, { collections: ['customers'] })
    expect(result.authenticated).toBe(false)
    await app.run('drop trigger customer_gone')
  })

  it('is refused where the table lacks what is said of it, and nothing is made', async () => {
    const [storage] = app.database.nodes
    const wrong = defineCollection('wrong', {
      type: 'auth',
      table: 'vendors',
      columns: { email: 'mail', verified: 'contact' },
    })
    const missing = defineCollection('missing', { type: 'base', table: 'nowhere', columns: {} })
    const other = createCardea({
      storage,
      collections: [wrong, missing],
      environment: 'test',
      logger: createTestLogger(),
    })
    for (const work of [() => other.migrate(), () => other.migrate({ dryRun: true })]) {
      const error: unknown = await work().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'configuration_invalid' })
      expect(String(error)).toMatch(
        /vendors\.mail \(email\) is missing.*columns\.email.*contact \(verified\) is of the type.*nowhere is missing/s,
      )
    }
    expect(await codeOf(other.ready())).toBe('schema_outdated')
    expect(await codeOf(app.run('select * from nowhere'))).not.toBe('none')
  })

  it('lets nobody have what a row of the same number had', async () => {
    const { customers } = auth.collections
    const made = await customers.create({ email: 'former@shop.example', password })
    await app.run(`delete from ${app.quoted('shop_Customers')} where customer_id = ${made.id}`)
    if (app.database.nodes[0].dialect !== 'sqlite') {
      const next = Number(made.id)
      await app.run(
        app.database.nodes[0].dialect === 'mysql'
          ? `alter table \`shop_Customers\` auto_increment = ${next}`
          : `select setval('"shop_Customers_customer_id_seq"', ${next}, false)`,
      )
    }
    const again = await customers.create({ email: 'next@shop.example', password: 'another password' })
    expect(again.id).toBe(made.id)
    expect(again.principal_id).not.toBe(made.principal_id)
    expect(await codeOf(customers.login({ email: 'former@shop.example', password }))).toBe('invalid_credentials')
    expect(await app.database.nodes[0].count(credentials, eq('principal_id', String(made.principal_id)))).toBe(0)
    expect(await app.database.nodes[0].count(identifiers, eq('key', 'former@shop.example'))).toBe(0)
  })

  it('is followed by a sign-in at a provider that vouches for the address', async () => {
    const { customers } = auth.collections
    const id = await customer('oauth@old.example')
    const sign = async (profile: OAuthProfile) => {
      const begun = await customers.oauth.begin({ provider: 'company' })
      const code = company.agree(begun.url, profile)
      return await customers.oauth.callback({ params: { state: begun.state, code }, browserToken: begun.browserToken })
    }
    const profile = { subject: 's-1', email: 'OAuth@old.example', emailVerified: true, name: 'O' }
    const unverified = await sign({ ...profile, emailVerified: false })
    expect(unverified.status).not.toBe('signed_in')
    expect(await principalOf(id)).toBeUndefined()
    const outcome = await sign(profile)
    if (outcome.status !== 'signed_in') throw new Error(outcome.status)
    expect(outcome.signIn.user).toMatchObject({ id, email: 'oauth@old.example', verified: true })
  })

  it('has what came apart told by the doctor', async () => {
    const { customers } = auth.collections
    await customers.sync()
    const told = async () =>
      (await auth.doctor()).checks.flatMap(({ name, status, message }) =>
        name === 'mapped table of customers' ? [`${status}: ${message}`] : [],
      )
    const before = await told()
    const gone = await customers.create({ email: 'drift-gone@shop.example', password })
    const moved = await customers.create({ email: 'drift-moved@shop.example', password })
    const { quoted, run } = app
    await run(`delete from ${quoted('shop_Customers')} where customer_id = ${gone.id}`)
    await run(
      `update ${quoted('shop_Customers')} set mail = 'drift-other@shop.example' where customer_id = ${moved.id}`,
    )
    await customer('drift-new@shop.example')
    const twice = await customer('Drift-New@shop.example')
    await customer('no address either')
    expect(await told()).toEqual([
      'warning: 1 rows have no principal yet',
      'warning: 1 rows have another address, or another name to sign in by, than their principals',
      'warning: 1 principals are active whose rows are gone',
      `warning: 1 rows have an address that another one has ("${twice}")`,
      expect.stringMatching(/^warning: \d rows can have no principal/),
    ])
    await customers.sync()
    expect((await told()).length).toBeGreaterThanOrEqual(before.length)
  })

  it('takes a reference of the app to a row for a reason to keep it', async () => {
    const { customers } = auth.collections
    const made = await customers.create({ email: 'author@shop.example', password })
    await app.run(`insert into ${app.quoted('Articles')} (title, written_by) values ('On engines', ${made.id})`)
    expect(await codeOf(customers.delete(String(made.principal_id)))).toBe('conflict')
    expect((await customers.login({ email: 'author@shop.example', password })).user.id).toBe(made.id)
  })
})
