import { type AnyCollection, defineCollection, text } from '@cardea/collections'
import { outbox, type Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import type { CardeaOptions } from '../options/options.js'
import { cheapHashing, createTestLogger } from '../testing.fixture.js'
import { createMailbox } from './mailbox.js'
import type { MailOptions } from './options.js'

const from = 'App <no-reply@app.test>'
const job = {
  id: '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
  kind: 'password_changed',
  collection: 'users',
  recipient: 'jane@example.com',
  due_at: 1,
  created_at: 1,
} as const

async function open(
  options: Partial<CardeaOptions<readonly AnyCollection[], never>> = {},
  storage: Storage = createMemoryStorage(),
) {
  const logger = createTestLogger()
  const auth = createCardea({
    storage,
    secret: 'sd8f7g6sd8f7g6s8dfg76sd8fg7w34kjh5',
    baseUrl: 'https://app.test',
    environment: 'test',
    passwords: cheapHashing,
    logger,
    ...options,
  })
  await auth.migrate()
  return { auth, storage, logger }
}

describe('the option mail', () => {
  const mailbox = createMailbox()
  const right: MailOptions = { transport: mailbox.send, from }

  it.each([
    ['mail.transport', { from }],
    ['mail.transport', { ...right, transport: 'https://s3cr3t@mail.test' }],
    ['mail.transport', { ...right, transport: 25 }],
    ['mail.transport', { ...right, transport: [] }],
    ['mail.from', { transport: mailbox.send }],
    ['mail.from', { ...right, from: 'App <a@app.test>, s3cr3t@app.test' }],
    ['mail.from', { ...right, from: 'App\r\nBcc: s3cr3t@app.test <a@app.test>' }],
    ['mail.templates', { ...right, templates: { welcome: () => ({}) } }],
    ['mail.templates.otp', { ...right, templates: { otp: 's3cr3t' } }],
    ['mail.collections.customers.from', { ...right, collections: { customers: { from: 's3cr3t' } } }],
    ['mail.collections.customers', { ...right, collections: { customers: { links: {} } } }],
    ['mail.locale', { ...right, locale: 's3cr3t' }],
    ['mail.links.passwordReset', { ...right, links: { passwordReset: 'https://s3cr3t.test/' } }],
    ['mail.links.origins.0', { ...right, links: { origins: ['https://s3cr3t.test/path'] } }],
    ['mail.timeoutSeconds', { ...right, timeoutSeconds: 600 }],
  ])('names what is wrong, %s, and not what is there', async (path, mail) => {
    // Options as somebody without types writes them.
    const error = await open({ mail: mail as unknown as MailOptions }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining(path) })
    expect(String(error)).not.toContain('s3cr3t')
  })

  it.each([
    ['smtp://user:password@mail.test:587'],
    [{ host: 'mail.test', auth: { user: 'user', pass: 'password' } }],
    [mailbox.send],
  ])('takes each kind of transport', async (transport) => {
    const { auth } = await open({ mail: { transport, from } })
    await auth.ready()
    await auth.close()
  })

  it('is needed in production by collections of code that nobody gets into without', async () => {
    const students = defineCollection('students', {
      type: 'auth',
      fields: { name: text() },
      auth: { requireVerified: true },
    })
    const { auth } = await open({ environment: 'production', collections: [students] })
    await expect(auth.ready()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('students needs (requireVerified)'),
    })
    const withMail = await open({ environment: 'production', collections: [students], mail: right })
    await withMail.auth.ready()
    const development = await open({ environment: 'development', collections: [students] })
    await development.auth.ready()
    expect(development.logger.lines.join('\n')).toContain('warn createCardea: mail is missing')
  })

  it('is not needed by one that was made at run time, which only a warning names', async () => {
    const storage = createMemoryStorage()
    const first = await open({}, storage)
    await first.auth.ready()
    await first.auth.definitions.create({ name: 'students', type: 'auth', auth: { otp: { enabled: true } } })
    const second = await open({ environment: 'production' }, storage)
    await second.auth.ready()
    expect(second.logger.lines.join('\n')).toContain(
      'warn createCardea: mail is missing, which the collection students',
    )
  })
})

describe('an instance', () => {
  it('sends what a former process has left, once it is ready, and ends after that', async () => {
    const storage = createMemoryStorage()
    const mailbox = createMailbox()
    const { auth } = await open({ mail: { transport: mailbox.send, from } }, storage)
    await storage.insert(outbox, job)
    expect(mailbox.list()).toEqual([])
    await auth.ready()
    await auth.close()
    expect(mailbox.list()).toMatchObject([{ to: 'jane@example.com', subject: 'Your password was changed' }])
    expect(mailbox.list()[0]?.text).toContain('1 January 1970, 00:00 UTC.')
  })

  it('says which collection a mail is about, where it is not the users', async () => {
    const mailbox = createMailbox()
    const collections = [defineCollection('shop_customers', { type: 'auth' })]
    const { auth } = await open({ appName: 'App', collections, mail: { transport: mailbox.send, from } })
    await auth.ready()
    const ann = { email: 'ann@example.com', password: 'correct horse battery' }
    await auth.users.register(ann)
    await auth.users.requestPasswordReset(ann.email)
    const customers = auth.collection('shop_customers')
    await customers?.register(ann)
    await customers?.requestPasswordReset(ann.email)
    await auth.jobs.run()
    const subjects = mailbox.list().map(({ subject }) => subject)
    expect(subjects).toEqual(
      expect.arrayContaining(['Reset your password for App', 'Reset your password for App (shop customers)']),
    )
    await auth.close()
  })

  it('without mail leaves alone what waits', async () => {
    const { auth, storage } = await open()
    await storage.insert(outbox, job)
    await auth.ready()
    expect(await auth.jobs.run()).toEqual({ sent: 0, failed: 0, dropped: 0, remaining: 1 })
    expect(await auth.jobs.deadLetters()).toEqual([])
    await auth.close()
  })
})
