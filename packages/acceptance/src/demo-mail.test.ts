import { join } from 'node:path'
import { sqlite } from '@cardea/kysely/sqlite'
import { outbox, systemTables } from '@cardea/storage'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it } from 'vitest'
import { clientOf } from './client.js'
import { demoOn, frameworks, startDemo, startRefused, temporaryFolder } from './demo-server.js'

const to = 'jane@example.com'

/** A database in which a mail waits. */
async function databaseWithMail(): Promise<{ readonly folder: string; readonly url: string }> {
  const folder = temporaryFolder()
  const path = join(folder, 'mail.db')
  const storage = sqlite(path)
  await storage.migrate(systemTables)
  const kind = 'password_changed'
  await storage.insert(outbox, { id: 'm1', kind, collection: 'users', recipient: to, due_at: 1, created_at: 1 })
  await storage.close()
  return { folder, url: `sqlite:${path}` }
}

describe('the mails of the demo server', () => {
  it('are printed and listed, the newest first, where no server for them is named', async () => {
    const { folder, url } = await databaseWithMail()
    const demo = await startDemo({ DATABASE_URL: url }, folder)
    const client = clientOf(demo.url)
    const mailbox = async () => (await client.get('/dev/mailbox')).body
    await expect.poll(mailbox).toMatchObject([{ to, subject: 'Your password was changed' }])
    expect((await client.get('/dev/mailbox')).headers.get('cache-control')).toBe('no-store')
    expect(demo.output()).toContain(`Mail to ${to}: Your password was changed\n  The password of your account`)
    expect(await demo.stop()).toBe(0)
  })

  it.each(frameworks)('are shown to nobody in production, on %s', async (framework) => {
    const { folder, url } = await databaseWithMail()
    const production = { NODE_ENV: 'production', BASE_URL: 'https://app.example', RATE_LIMITS: 'on' }
    const demo = await startDemo({ DATABASE_URL: url, ...production }, folder, demoOn(framework))
    expect((await clientOf(demo.url).get('/dev/mailbox')).status).toBe(404)
    expect(demo.output()).not.toContain(to)
    expect(await demo.stop()).toBe(0)
  })

  it('go to the server of SMTP_URL', async () => {
    const received: Email[] = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const parsed = PostalMime.parse(Buffer.concat(chunks))
          void parsed.then((email) => received.push(email)).finally(done)
        })
      },
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { folder, url } = await databaseWithMail()
    const mail = { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'The app <app@app.example>' }
    const demo = await startDemo({ DATABASE_URL: url, ...mail }, folder)
    await expect
      .poll(() => received, { timeout: 10_000 })
      .toMatchObject([{ from: { name: 'The app', address: 'app@app.example' }, to: [{ address: to }] }])
    expect((await clientOf(demo.url).get('/dev/mailbox')).status).toBe(404)
    expect(demo.output()).not.toContain(to)
    expect(await demo.stop()).toBe(0)
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
  })

  it.each([
    ['SMTP_URL', { SMTP_URL: 'https://mail.example' }],
    ['MAIL_FROM', { MAIL_FROM: 'nobody' }],
  ])('need %s to be right', async (name, environment) => {
    const { output } = await startRefused(environment)
    expect(output).toMatch(new RegExp(`^${name}: createCardea: mail\\.`, 'm'))
  })
})
