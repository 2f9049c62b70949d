import { eq } from '@cardea/core'
import { apiKeys, outbox, sshKeys } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import type { MailMessage } from '../mail/message.js'
import { createTestCardea, jane } from '../testing.fixture.js'

const context = { ip: '192.0.2.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }
const publicKeys = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDExMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDIxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx',
] as const

describe.each(databases)('notices of new keys on $name', ({ open }) => {
  let database: TestDatabase
  let nodes: readonly [ReturnType<typeof createTestCardea>, ReturnType<typeof createTestCardea>]
  const sent: MailMessage[] = []
  let failing = false
  const send = async (message: MailMessage) => {
    if (failing) throw new Error('no mail today')
    sent.push(message)
  }
  const ownTexts = () => ({ subject: 'own words', text: 'own text', html: 'own markup' })
  const more = {
    baseUrl: 'https://app.test',
    mail: {
      transport: send,
      from: 'Shop <shop@example.com>',
      collections: { customers: { templates: { api_key_created: ownTexts, ssh_key_added: ownTexts } } },
    },
  }

  beforeAll(async () => {
    database = await open()
    nodes = [
      createTestCardea({ storage: database.nodes[0], more }),
      createTestCardea({ storage: database.nodes[1], more }),
    ]
    await nodes[0].auth.migrate()
    await Promise.all(nodes.map(({ auth }) => auth.ready()))
  })

  afterAll(async () => {
    await Promise.all(nodes.map(({ auth }) => auth.close()))
    await database?.close()
  })

  let accounts = 0
  const signUp = async () => {
    accounts += 1
    const own = { ...jane, email: `keys${accounts}@example.com`, username: `keys${accounts}` }
    const registered = await nodes[0].auth.users.register(own)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    return { id: registered.signIn.user.id, email: own.email }
  }
  const settle = async () => await Promise.all(nodes.map((node) => node.settle()))
  const mailsTo = async (email: string) => {
    await settle()
    await nodes[0].auth.jobs.run()
    return sent.filter(({ to }) => to === email)
  }

  it('tell the owner of an API key, with the request and without the key', async () => {
    const [{ id, email }, admin] = [await signUp(), await signUp()]
    const label = 'a label that somebody chose'
    failing = true
    const { key } = await nodes[0].auth.apiKeys.create({ principalId: id, label }, undefined, context)
    await settle()
    const waiting = await database.nodes[0].find(outbox, { limit: 'all' })
    failing = false
    expect(waiting).toMatchObject([{ kind: 'api_key_created', collection: 'users', recipient: email }])
    nodes[0].clock.advance(60_000)
    const [mail, ...others] = await mailsTo(email)
    expect(others).toEqual([])
    expect(mail?.subject).toBe('An API key was made')
    for (const body of [mail?.text, mail?.html]) {
      for (const said of ['API key', 'Firefox on Linux', '192.0.2.7']) expect(body).toContain(said)
    }
    const told = JSON.stringify([waiting, mail])
    const [, keyId = '', secret = ''] = key.split('_')
    for (const part of [key, secret, secret.slice(0, 20), keyId, label]) expect(told).not.toContain(part)
    expect(await mailsTo(admin.email)).toEqual([])
  })

  it('tell the owner of an SSH key, whoever adds it', async () => {
    const { id, email } = await signUp()
    await nodes[0].auth.sshKeys.add({ principalId: id, publicKey: `${publicKeys[0]} comment` })
    const mails = await mailsTo(email)
    expect(mails.map(({ subject }) => subject)).toEqual(['An SSH key was added'])
    expect(mails[0]?.text).toContain('SSH key')
    expect(mails[0]?.text).not.toContain('comment')
  })

  it('use the words that the app has for the collection', async () => {
    const customers = nodes[0].auth.collections.customers
    const email = 'customer@example.com'
    const registered = await customers.register({ email, password: jane.password })
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const principalId = registered.signIn.user.id
    await nodes[0].auth.apiKeys.create({ principalId })
    await nodes[0].auth.sshKeys.add({ principalId, publicKey: publicKeys[1] })
    expect((await mailsTo(email)).map(({ text }) => text)).toEqual(['own text', 'own text'])
  })

  it('are written with the key or not at all', async () => {
    const { id, email } = await signUp()
    const before = await database.nodes[0].count(outbox, eq('recipient', email))
    const undone = database.app.transaction().execute(async (transaction) => {
      const inside = nodes[0].auth.with(transaction)
      await inside.apiKeys.create({ principalId: id })
      await inside.sshKeys.add({ principalId: id, publicKey: publicKeys[2] })
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    // Where the mail cannot be written, there is no key either.
    const broken = createTestCardea({
      storage: {
        ...database.nodes[0],
        close: async () => undefined,
        transaction: (work) =>
          database.nodes[0].transaction(
            async (operations) =>
              await work({
                ...operations,
                insert: async (table, ...rest) => {
                  if (table.name === outbox.name) throw new Error('no outbox')
                  return await operations.insert(table, ...rest)
                },
              }),
          ),
      },
      more,
    })
    await broken.auth.ready()
    await expect(broken.auth.apiKeys.create({ principalId: id })).rejects.toThrow('no outbox')
    await expect(broken.auth.sshKeys.add({ principalId: id, publicKey: publicKeys[2] })).rejects.toThrow('no outbox')
    await broken.auth.close()
    expect(await database.nodes[0].count(apiKeys, eq('principal_id', id))).toBe(0)
    expect(await database.nodes[0].count(sshKeys, eq('principal_id', id))).toBe(0)
    expect(await database.nodes[0].count(outbox, eq('recipient', email))).toBe(before)
    expect(await mailsTo(email)).toEqual([])
  })

  it('are five an hour of each kind at most, since the address may be a stranger’s', async () => {
    const { id, email } = await signUp()
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? nodes[0] : nodes[1]).auth.apiKeys.create({ principalId: id }),
      ),
    )
    expect(await mailsTo(email)).toHaveLength(5)
  })

  it('reach whom a collection of another node has, of which this node has not heard', async () => {
    await nodes[1].auth.definitions.create({ name: 'partners', type: 'auth' })
    const partners = await nodes[1].auth.findCollection('partners')
    const email = 'partner@example.com'
    const registered = await partners?.register({ email, password: jane.password })
    if (registered?.status !== 'signed_in') throw new Error('not signed in')
    const principalId = String(registered.signIn.user['id'])
    await nodes[0].auth.apiKeys.create({ principalId })
    expect((await mailsTo(email)).map(({ subject }) => subject)).toEqual(['An API key was made'])
  })
})
