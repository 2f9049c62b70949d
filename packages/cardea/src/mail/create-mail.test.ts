import { outbox } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { systemTimers } from '../services/timers.js'
import { createMail } from './create-mail.js'
import { createMailTest, type MailTestOptions } from './mail.fixture.js'
import { holdKicks } from './mail.js'
import type { MailMessage } from './message.js'
import type { MailOptions } from './options.js'
import type { MailPreparers } from './preparer.js'

const to = 'jane@example.com'
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'

/** Makes a code anew each time, as the preparers of real ones do. */
function codes(): MailPreparers & { readonly made: string[] } {
  const made: string[] = []
  return {
    made,
    otp: async (_services, { recipient, payload }) => {
      if (recipient.startsWith('nobody')) return undefined
      made.push(`s3cr3t-${made.length}`)
      return { to: String(payload?.['to'] ?? recipient), data: { code: made.at(-1) ?? '', minutes: 10 } }
    },
  }
}

async function open(options: MailTestOptions = {}) {
  const test = createMailTest(options)
  await test.migrate()
  const { mail, storage } = test
  const rows = () => storage.find(outbox, { limit: 'all' })
  const notify = (collection = 'users') =>
    mail.enqueue(storage, {
      kind: 'password_changed',
      collection,
      recipient: to,
      payload: { principalId: 'p1', userAgent: chrome, ip: '192.0.2.7' },
    })
  const sendCode = (recipient = to) =>
    mail.enqueue(storage, { kind: 'otp', collection: 'users', recipient, flowId: 'f1', payload: { to: recipient } })
  return { ...test, rows, notify, sendCode }
}

/** A transport that fails as often as it is told. */
function failing(times: number, error: unknown = new Error(`550 <${to}> s3cr3t`)) {
  const sent: MailMessage[] = []
  let left = times
  const transport = async (message: MailMessage): Promise<void> => {
    left -= 1
    if (left >= 0) throw error
    sent.push(message)
  }
  return { sent, transport }
}

describe('mail jobs', () => {
  it('are sent in the background once, and then are gone', async () => {
    const { mail, mailbox, rows, notify, drain } = await open()
    await notify()
    expect(mailbox.list()).toEqual([])
    mail.kick()
    mail.kick()
    await drain()
    expect(mailbox.list()).toMatchObject([
      { to, from: 'App <no-reply@app.test>', subject: 'Your password was changed' },
    ])
    expect(mailbox.list()[0]?.text).toContain('15 January 2026, 10:00 UTC · Chrome on Linux · address 192.0.2.7')
    expect(await rows()).toEqual([])
  })

  it('keep what they carry sealed under their own id', async () => {
    const { mail, storage, rows, sendCode, mailbox } = await open({ preparers: codes() })
    await sendCode()
    await mail.enqueue(storage, {
      kind: 'otp',
      collection: 'users',
      recipient: 'x@example.com',
      payload: { to: 's3cr3t' },
    })
    const [first, second] = await rows()
    expect(JSON.stringify([first, second])).not.toContain('s3cr3t')
    // Somebody who writes to the database swaps what two jobs carry.
    await storage.update(outbox, {
      where: { op: 'eq', field: 'id', value: first?.id ?? '' },
      set: { payload: second?.payload ?? '' },
    })
    await mail.jobs.run()
    expect(mailbox.list()).toEqual([])
    expect(await rows()).toMatchObject([
      { last_error: 'payload_unreadable', state: 'pending' },
      { last_error: 'recipient_invalid' },
    ])
  })

  it('are dropped where there is nothing to send', async () => {
    const { mail, mailbox, rows, sendCode } = await open({ preparers: codes() })
    await sendCode('nobody@example.com')
    expect(await mail.jobs.run()).toEqual({ sent: 0, failed: 0, dropped: 1, remaining: 0 })
    expect(mailbox.list()).toEqual([])
    expect(await rows()).toEqual([])
  })

  it('are given up at once where nothing prepares them', async () => {
    const { mail, notify, storage, rows } = await open()
    await notify()
    await storage.update(outbox, {
      where: { op: 'eq', field: 'state', value: 'pending' },
      set: { kind: 'constructor' },
    })
    expect(await mail.jobs.run()).toEqual({ sent: 0, failed: 1, dropped: 0, remaining: 0 })
    expect(await rows()).toMatchObject([{ state: 'dead', last_error: 'no_preparer', payload: null }])
  })

  it('are done up to a limit', async () => {
    const { mail, mailbox, notify } = await open()
    for (let index = 0; index < 5; index += 1) await notify()
    expect(await mail.jobs.run({ limit: 2 })).toEqual({ sent: 2, failed: 0, dropped: 0, remaining: 3 })
    expect(mailbox.list()).toHaveLength(2)
    await expect(mail.jobs.run({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(mail.jobs.deadLetters({ limit: 1.5 })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('are each sent once by four workers of one process', async () => {
    const { mail, mailbox, notify } = await open()
    for (let index = 0; index < 40; index += 1) await notify()
    const reports = await Promise.all([1, 2, 3, 4].map(() => mail.jobs.run()))
    expect(reports.reduce((sum, { sent }) => sum + sent, 0)).toBe(40)
    expect(mailbox.list()).toHaveLength(40)
  })
})

describe('a mail that fails', () => {
  it('comes again after 10 seconds, then twice as long each time, with a new secret', async () => {
    const { sent, transport } = failing(3)
    const preparers = codes()
    const { mail, sendCode, advance, rows, logger } = await open({ mail: { transport }, preparers })
    await sendCode()
    let waited = 0
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await mail.jobs.run()).toMatchObject({ failed: 1, remaining: 1 })
      const [row] = await rows()
      expect(row).toMatchObject({ state: 'pending', attempts: attempt, last_error: 'transport_failed' })
      const delay = 10_000 * 2 ** (attempt - 1)
      advance(delay - 1)
      expect(await mail.jobs.run(), 'too early').toMatchObject({ sent: 0, failed: 0 })
      advance(delay / 4 + 1)
      waited += delay
    }
    expect(waited).toBe(70_000)
    expect(await mail.jobs.run()).toMatchObject({ sent: 1, remaining: 0 })
    expect(preparers.made).toHaveLength(4)
    expect(sent).toHaveLength(1)
    expect(sent[0]?.text).toContain('s3cr3t-3')
    expect(logger.lines.join('\n')).not.toMatch(/s3cr3t|jane/)
  })

  it('is given up after eight attempts; nothing of what it said stays', async () => {
    const { mail, sendCode, advance, rows, logger } = await open({
      mail: { transport: failing(Infinity).transport },
      preparers: codes(),
    })
    await sendCode()
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      expect(await mail.jobs.run()).toMatchObject({ failed: 1, remaining: attempt === 8 ? 0 : 1 })
      advance(3_600_000)
    }
    expect(await mail.jobs.run()).toMatchObject({ failed: 0 })
    const letters = await mail.jobs.deadLetters()
    const createdAt = Date.UTC(2026, 0, 15, 10)
    expect(letters).toEqual([
      {
        id: expect.any(String),
        kind: 'otp',
        collection: 'users',
        recipient: to,
        attempts: 8,
        lastError: 'transport_failed',
        createdAt,
      },
    ])
    expect(await rows()).toMatchObject([{ state: 'dead', payload: null }])
    expect(JSON.stringify([await rows(), logger.lines])).not.toContain('s3cr3t')
    expect(logger.lines.filter((line) => line.startsWith('error'))).toHaveLength(1)
  })

  it('can be tried again once it was given up, or thrown away; after 30 days it goes by itself', async () => {
    const { sent, transport } = failing(16)
    const { mail, sendCode, advance, drain } = await open({ mail: { transport }, preparers: codes() })
    await sendCode()
    await sendCode('other@example.com')
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await mail.jobs.run()
      advance(3_600_000)
    }
    const [first, second] = await mail.jobs.deadLetters()
    expect(await mail.jobs.retryDead(first?.id ?? '')).toBe(true)
    expect(await mail.jobs.retryDead(first?.id ?? '')).toBe(false)
    await drain()
    expect(sent).toMatchObject([{ to: first?.recipient }])
    expect(await mail.jobs.discardDead(second?.id ?? '')).toBe(true)
    expect(await mail.jobs.discardDead(second?.id ?? '')).toBe(false)
    expect(await mail.jobs.deadLetters()).toEqual([])

    const { mail: other, notify, advance: later } = await open({ mail: { transport: failing(8).transport } })
    await notify()
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await other.jobs.run()
      later(3_600_000)
    }
    later(29 * 86_400_000 - 3_600_000)
    await other.jobs.run()
    expect(await other.jobs.deadLetters()).toHaveLength(1)
    later(2 * 86_400_000)
    await other.jobs.run()
    expect(await other.jobs.deadLetters()).toEqual([])
  })

  it('does not discard what is still waiting', async () => {
    const { mail, notify, rows } = await open()
    await notify()
    const [row] = await rows()
    expect(await mail.jobs.discardDead(row?.id ?? '')).toBe(false)
    expect(await mail.jobs.retryDead(row?.id ?? '')).toBe(false)
    expect(await rows()).toEqual([row])
  })

  it('is given up on in time where the transport hangs, and holds up no other', async () => {
    let hung = false
    const sent: MailMessage[] = []
    const transport = (message: MailMessage): Promise<void> => {
      if (!hung) {
        hung = true
        return new Promise(() => undefined)
      }
      sent.push(message)
      return Promise.resolve()
    }
    const { mail, notify, timers, advance, rows } = await open({ mail: { transport, timeoutSeconds: 5 } })
    for (let index = 0; index < 10; index += 1) await notify()
    const running = mail.jobs.run()
    await expect.poll(() => sent).toHaveLength(9)
    expect(timers.waits()).toEqual([5_000])
    advance(5_000)
    timers.ring()
    expect(await running).toMatchObject({ sent: 9, failed: 1, remaining: 1 })
    expect(await rows()).toMatchObject([{ last_error: 'transport_failed:timeout' }])
  })

  it.each([
    [
      'a template that throws',
      {
        templates: {
          password_changed: () => {
            throw new Error('s3cr3t')
          },
        },
      },
      'template_failed',
    ],
    [
      'a template that rejects',
      { templates: { password_changed: () => Promise.reject(new Error('s3cr3t')) } },
      'template_failed',
    ],
    [
      'a template without text',
      { templates: { password_changed: () => ({ subject: 'x' }) } },
      'template_failed:not_texts',
    ],
    ['a template of nothing', { templates: { password_changed: () => undefined } }, 'template_failed:not_texts'],
    [
      'a locale that throws',
      {
        locale: () => {
          throw Object.assign(new Error('s3cr3t'), { code: 'ENOENT' })
        },
      },
      'locale_failed:ENOENT',
    ],
    ['a locale that rejects without a word', { locale: () => Promise.reject(new Error()) }, 'locale_failed'],
  ])('is kept and tried again: %s', async (_what, mail, code) => {
    // Hooks as somebody without types writes them.
    const test = await open({ mail: mail as unknown as Partial<MailOptions> })
    await test.notify()
    expect(await test.mail.jobs.run()).toMatchObject({ failed: 1, remaining: 1 })
    const [row] = await test.rows()
    expect(row).toMatchObject({ last_error: code, state: 'pending', attempts: 1 })
    expect(row?.payload).not.toBeNull()
    expect(test.logger.lines.join('\n')).not.toContain('s3cr3t')
  })

  it('says where in the app it failed', async () => {
    const { mail, notify, logger } = await open({
      mail: {
        templates: {
          password_changed: () => {
            throw new Error('s3cr3t')
          },
        },
      },
    })
    await notify()
    await mail.jobs.run()
    expect(logger.lines.join('\n')).toContain('create-mail.test.ts')
  })

  it('is tried again where its preparer fails', async () => {
    const { mail, sendCode, rows } = await open({
      preparers: { otp: () => Promise.reject(new Error('s3cr3t')) },
    })
    await sendCode()
    await mail.jobs.run()
    expect(await rows()).toMatchObject([{ last_error: 'prepare_failed', state: 'pending' }])
  })
})

describe('a process that dies', () => {
  it('leaves its jobs to others, two minutes later', async () => {
    const { mail, notify, advance, rows, mailbox } = await open({
      mail: { transport: () => new Promise(() => undefined) },
    })
    await notify()
    void mail.jobs.run()
    await expect.poll(async () => (await rows())[0]?.attempts).toBe(1)
    expect(await mail.jobs.run()).toMatchObject({ sent: 0, failed: 0, remaining: 1 })
    advance(119_999)
    expect(await mail.jobs.run()).toMatchObject({ sent: 0, failed: 0, remaining: 1 })
    advance(1)
    void mail.jobs.run()
    await expect.poll(async () => (await rows())[0]?.attempts).toBe(2)
    expect(mailbox.list()).toEqual([])
  })

  it('does not undo what another has done with a job meanwhile', async () => {
    let reject: (error: Error) => void = () => undefined
    const { mail, notify, advance, rows } = await open({
      mail: {
        transport: () =>
          new Promise((_resolve, fail) => {
            reject = fail
          }),
      },
    })
    await notify()
    const slow = mail.jobs.run()
    await expect.poll(async () => (await rows())[0]?.attempts).toBe(1)
    const failFirst = reject
    advance(120_000)
    void mail.jobs.run()
    await expect.poll(async () => (await rows())[0]?.attempts).toBe(2)
    const [taken] = await rows()
    failFirst(new Error('late'))
    await slow
    expect(await rows()).toEqual([taken])
  })

  it('by its job each time, is not asked a ninth time', async () => {
    const { mail, notify, storage, rows } = await open()
    await notify()
    await storage.update(outbox, { where: { op: 'eq', field: 'state', value: 'pending' }, set: { attempts: 8 } })
    expect(await mail.jobs.run()).toMatchObject({ sent: 0, failed: 1 })
    expect(await rows()).toMatchObject([{ state: 'dead', last_error: 'interrupted', payload: null }])
  })
})

describe('the timer', () => {
  it('is there only while a job waits to be tried again, and sends it', async () => {
    const { sent, transport } = failing(1)
    const { mail, notify, timers, advance, drain, rows } = await open({ mail: { transport } })
    await notify()
    expect(timers.waits()).toEqual([])
    mail.kick()
    await drain()
    const [wait = 0] = timers.waits()
    expect(timers.waits()).toHaveLength(1)
    expect(wait).toBeGreaterThanOrEqual(10_000)
    expect(wait).toBeLessThanOrEqual(12_500)
    advance(wait)
    timers.ring()
    await drain()
    expect(sent).toHaveLength(1)
    expect(await rows()).toEqual([])
    expect(timers.waits()).toEqual([])
  })

  it('looks again after a minute where storage was away', async () => {
    const { mail, notify, storage, timers, advance, drain, mailbox } = await open()
    await notify()
    const { find } = storage as { readonly find: unknown }
    // The services hold this very object.
    const broken = storage as { find: unknown }
    broken.find = () => Promise.reject(new Error('away'))
    mail.kick()
    await drain()
    expect(timers.waits()).toEqual([60_000])
    broken.find = find
    advance(60_000)
    timers.ring()
    await drain()
    expect(mailbox.list()).toHaveLength(1)
  })

  it('waits an hour at most, so that what is due in years wakes nobody now', async () => {
    const { mail, notify, storage, timers, drain } = await open()
    await notify()
    const far = Date.UTC(2036, 0, 1)
    await storage.update(outbox, { where: { op: 'eq', field: 'state', value: 'pending' }, set: { due_at: far } })
    mail.kick()
    await drain()
    expect(timers.waits()).toEqual([3_600_000])
  })

  it('ends with the instance, and so does the work', async () => {
    const { transport } = failing(1)
    const { mail, notify, timers, drain, rows } = await open({ mail: { transport } })
    await notify()
    mail.kick()
    await drain()
    expect(timers.waits()).toHaveLength(1)
    mail.windDown()
    expect(timers.waits()).toEqual([])
    await mail.close()
    await notify()
    mail.kick()
    await drain()
    expect(await rows()).toHaveLength(2)
    expect(await mail.jobs.run()).toMatchObject({ sent: 0, remaining: 2 })
  })

  it('is not set while ending', async () => {
    const { mail, notify, timers, drain, rows } = await open({ mail: { transport: failing(1).transport } })
    await notify()
    mail.windDown()
    mail.kick()
    await drain()
    expect(await rows()).toMatchObject([{ attempts: 1, state: 'pending' }])
    expect(timers.waits()).toEqual([])
    await mail.close()
  })

  it('gives ending no more than ten seconds', async () => {
    let advance: (milliseconds: number) => void = () => undefined
    const sent: MailMessage[] = []
    const test = await open({
      mail: {
        transport: async (message) => {
          advance(1_000)
          sent.push(message)
        },
      },
    })
    advance = test.advance
    for (let index = 0; index < 60; index += 1) await test.notify()
    test.mail.windDown()
    test.mail.kick()
    await test.drain()
    await test.mail.close()
    expect(sent.length).toBeGreaterThanOrEqual(10)
    expect(sent.length).toBeLessThanOrEqual(20)
    expect(await test.rows()).toHaveLength(60 - sent.length)
  })
})

describe('holdKicks', () => {
  it('sends nothing until it is told that all is there, and then once', async () => {
    const { mail, storage, notify, mailbox, drain } = await open()
    const held = holdKicks(mail)
    held.flush()
    await notify()
    held.mail.kick()
    await drain()
    expect(mailbox.list()).toEqual([])
    held.flush()
    await drain()
    expect(mailbox.list()).toHaveLength(1)
    await held.mail.enqueue(storage, { kind: 'mfa_enabled', collection: 'users', recipient: to })
    held.flush()
    await drain()
    expect(mailbox.list()).toHaveLength(2)
    await notify()
    held.flush()
    await drain()
    expect(mailbox.list()).toHaveLength(2)
  })
})

describe('templates, sender and locale', () => {
  it('are those of the collection, else those of the app', async () => {
    const told: unknown[] = []
    const asked: unknown[] = []
    const { mail, mailbox, notify } = await open({
      mail: {
        templates: { password_changed: () => ({ subject: 'of the app', text: 't', html: 'h' }) },
        collections: {
          customers: {
            from: 'Shop <shop@app.test>',
            templates: {
              password_changed: (data) => {
                told.push(data)
                return { subject: `${data.locale}`, text: 't', html: 'h' }
              },
            },
          },
        },
        locale: async (about) => {
          asked.push(about)
          return 'de'
        },
      },
    })
    await notify('customers')
    await mail.jobs.run()
    await notify('users')
    await mail.jobs.run()
    await notify('constructor')
    await mail.jobs.run()
    expect(mailbox.list().map(({ from, subject }) => [from, subject])).toEqual([
      ['App <no-reply@app.test>', 'of the app'],
      ['App <no-reply@app.test>', 'of the app'],
      ['Shop <shop@app.test>', 'de'],
    ])
    expect(asked[0]).toEqual({ collection: 'customers', principalId: 'p1', kind: 'password_changed' })
    expect(told).toMatchObject([
      { appName: 'App', collection: 'customers', locale: 'de', device: 'Chrome on Linux', ip: '192.0.2.7' },
    ])
  })
})

describe('without a transport', () => {
  it('a notice is not written, and what needs its mail is refused', async () => {
    const { services, storage, rows } = await open()
    const mail = createMail(
      { options: undefined, baseUrl: 'https://app.test', appName: 'App', timers: systemTimers },
      () => services,
    )
    const recipient = to
    await mail.enqueue(storage, { kind: 'password_changed', collection: 'users', recipient })
    expect(await rows()).toEqual([])
    for (const kind of ['otp', 'verification', 'password_reset', 'email_change', 'registration_attempted'] as const) {
      await expect(mail.enqueue(storage, { kind, collection: 'users', recipient })).rejects.toMatchObject({
        code: 'method_disabled',
      })
    }
    expect(() => mail.assertEnabled()).toThrow(expect.objectContaining({ code: 'method_disabled' }))
    expect(mail.enabled).toBe(false)
    mail.kick()
    await mail.close()
  })
})

describe('hooks of mail', () => {
  it('can drop a mail, and are told of one that was sent', async () => {
    const asked: unknown[] = []
    const told: unknown[] = []
    const { mail, notify, mailbox, rows } = await open({
      hooks: {
        beforeMail: (about) => {
          asked.push(about)
          return about.collection === 'users' ? { refuse: 'not to them' } : undefined
        },
        afterMail: (about) => told.push(about),
      },
    })
    await notify('users')
    await notify('customers')
    expect(await mail.jobs.run()).toEqual({ sent: 1, failed: 0, dropped: 1, remaining: 0 })
    expect(asked).toHaveLength(2)
    expect(told).toEqual([{ kind: 'password_changed', collection: 'customers', principalId: 'p1' }])
    expect(mailbox.list()).toHaveLength(1)
    expect(await rows()).toEqual([])
  })

  it('that fail have the mail tried again before, and change nothing after', async () => {
    const refuse = { now: true }
    const { mail, notify, mailbox, rows, advance } = await open({
      hooks: {
        beforeMail: () => {
          if (refuse.now) throw new Error('s3cr3t')
          return undefined
        },
        afterMail: () => Promise.reject(new Error('s3cr3t')),
      },
    })
    await notify()
    expect(await mail.jobs.run()).toMatchObject({ failed: 1, remaining: 1 })
    expect(await rows()).toMatchObject([{ last_error: 'hook_failed:internal_error' }])
    refuse.now = false
    advance(13_000)
    expect(await mail.jobs.run()).toMatchObject({ sent: 1, remaining: 0 })
    expect(mailbox.list()).toHaveLength(1)
  })
})
