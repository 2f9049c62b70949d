import { outbox } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createMailTest, type MailTestOptions } from './mail.fixture.js'

const to = 'jane@example.com'
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'

async function open(options: MailTestOptions = {}) {
  const test = createMailTest(options)
  await test.migrate()
  const rows = () => test.storage.find(outbox, { limit: 'all' })
  const notify = () =>
    test.mail.enqueue(test.storage, {
      kind: 'password_changed',
      collection: 'users',
      recipient: to,
      payload: { userAgent: chrome, ip: '192.0.2.7' },
    })
  return { ...test, rows, notify }
}

describe('mail jobs', () => {
  it('are sent in the background once, and then are gone', async () => {
    const { mail, mailbox, rows, notify, drain } = await open()
    await notify()
    expect(mailbox.list()).toEqual([])
    mail.kick()
    await drain()
    expect(mailbox.list()).toMatchObject([
      { to, from: 'App <no-reply@app.test>', subject: 'Your password was changed' },
    ])
    expect(mailbox.list()[0]?.text).toContain('15 January 2026, 10:00 UTC · Chrome on Linux · address 192.0.2.7')
    expect(await rows()).toEqual([])
  })
})
