import { createServer, type Server, type Socket } from 'node:net'
import { isCardeaError } from '@cardea/core'
import { outbox } from '@cardea/storage'
import { afterEach, describe, expect, it } from 'vitest'
import { failureOf } from './failure.js'
import { html } from './html.js'
import { createMailTest, type MailTestOptions } from './mail.fixture.js'
import { composeMessage, type MailMessage } from './message.js'
import { startSmtpServer, type TestSmtpServer } from './smtp.fixture.js'
import { openTransport } from './transport.js'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function startServer(options?: Parameters<typeof startSmtpServer>[0]): Promise<TestSmtpServer> {
  const server = await startSmtpServer(options)
  open.push(server)
  return server
}

function message(texts: Partial<MailMessage> = {}): MailMessage {
  const whole = { subject: 'Hello', text: 'Hello\n', html: '<p>Hello</p>', ...texts }
  const composed = composeMessage('Ünser App <no-reply@app.test>', 'jane@example.com', whole)
  if (composed === undefined) throw new Error('no message')
  return composed
}

describe('openTransport', () => {
  it.each(['a URL', 'options'])('sends by SMTP with %s', async (by) => {
    const server = await startServer()
    const transport = openTransport(by === 'a URL' ? server.url : { host: '127.0.0.1', port: server.port }, 5_000)
    await transport.load()
    const sent = message({ subject: 'Grüße 😀', text: 'Grüße\n.\nBcc: evil@evil.test\n', html: '<p>Grüße</p>' })
    await transport.send(sent)
    await transport.close()
    expect(server.received).toMatchObject([{ from: 'no-reply@app.test', to: ['jane@example.com'] }])
    const email = server.received[0]?.email
    expect(email).toMatchObject({
      from: { name: 'Ünser App', address: 'no-reply@app.test' },
      to: [{ name: '', address: 'jane@example.com' }],
      subject: 'Grüße 😀',
    })
    expect(email?.text?.trim()).toBe('Grüße\n.\nBcc: evil@evil.test')
    expect(email?.html?.trim()).toBe('<p>Grüße</p>')
    expect(email?.bcc ?? []).toEqual([])
    expect(email?.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated')
  })

  it('opens neither files nor addresses that a text names', async () => {
    const server = await startServer()
    const transport = openTransport(server.url, 5_000)
    // As a template without types may return it.
    const text = { path: '/etc/hostname' } as unknown as string
    await expect(transport.send(message({ text }))).rejects.toThrow(/access rejected/)
    await transport.close()
    expect(server.received).toEqual([])
  })

  it('says what to install where nodemailer is missing, and tries again when asked again', async () => {
    let installed = false
    const sent: unknown[] = []
    const load = async () => {
      if (!installed) throw new Error("Cannot find package 'nodemailer'")
      return {
        createTransport: () => ({
          sendMail: async (mail: unknown) => {
            sent.push(mail)
          },
          close: () => undefined,
        }),
      }
    }
    const transport = openTransport('smtp://user:s3cr3t@mail.test', 5_000, load)
    const error = await transport.load().catch((reason: unknown) => reason)
    expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
    expect(String(error)).toContain('npm install nodemailer')
    expect(String(error)).not.toContain('s3cr3t')
    installed = true
    await transport.load()
    await transport.send(message())
    expect(sent).toHaveLength(1)
  })

  it('gives up on a server that says nothing', async () => {
    const sockets = new Set<Socket>()
    const silent: Server = createServer((socket) => sockets.add(socket))
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve)
    })
    open.push({
      close: async () => {
        for (const socket of sockets) socket.destroy()
        silent.close()
      },
    })
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const transport = openTransport(`smtp://127.0.0.1:${port}`, 100)
    const error: unknown = await transport.send(message()).catch((reason: unknown) => reason)
    expect(failureOf('transport_failed', error)).toMatchObject({
      code: 'transport_failed:ETIMEDOUT',
      permanent: false,
    })
    await transport.close()
  })
})

describe('mail by SMTP', () => {
  const recipient = 'jane@example.com'

  async function deliverTo(server: { readonly url: string }, options: MailTestOptions = {}) {
    const test = createMailTest({ ...options, mail: { transport: server.url, ...options.mail } })
    open.push(test.mail)
    await test.migrate()
    const send = async (kind: 'new_device' | 'otp' = 'new_device', to = recipient) => {
      await test.mail.enqueue(test.storage, { kind, collection: 'users', recipient: to })
      return await test.mail.jobs.run()
    }
    return { ...test, send }
  }

  it('reaches one recipient, however a template and its data try otherwise', async () => {
    const server = await startServer()
    const { send } = await deliverTo(server, {
      preparers: {
        otp: async (_services, job) => ({
          to: job.recipient,
          name: '<a href=//evil>\r\nBcc: evil@evil.test',
          data: { code: '123456', minutes: 10 },
        }),
      },
      mail: {
        templates: {
          otp: ({ name, code }) => ({
            subject: `Hello ${name}\r\nBcc: evil@evil.test\r\n\r\n<p>evil</p>`,
            text: `${code}\n`,
            html: html`<p>Hello ${name}, ${code}</p>`,
          }),
        },
      },
    })
    expect(await send('otp')).toMatchObject({ sent: 1 })
    expect(server.received).toMatchObject([{ to: [recipient], from: 'no-reply@app.test' }])
    const { email, raw } = server.received[0] ?? {}
    expect(email?.to).toEqual([{ name: '', address: recipient }])
    expect(email?.bcc ?? []).toEqual([])
    expect(email?.cc ?? []).toEqual([])
    expect(raw?.split('\r\n\r\n')[0]).not.toMatch(/^bcc:/im)
    expect(email?.subject).toBe('Hello <a href=//evil> Bcc: evil@evil.test Bcc: evil@evil.test <p>evil</p>')
    expect(email?.html).toContain('&lt;a href=//evil&gt;')
    expect(email?.html).not.toContain('<a ')
  })

  it.each([
    'jane@example.com\r\nRCPT TO:<evil@evil.test>',
    'jane@example.com, evil@evil.test',
    'jane@example.com> SIZE=1\r\nRCPT TO:<evil@evil.test',
    'Jane <jane@example.com>',
  ])('is not sent to %j, now or later', async (to) => {
    const server = await startServer()
    const { send, mail } = await deliverTo(server)
    expect(await send('new_device', to)).toMatchObject({ failed: 1, remaining: 0 })
    expect(server.received).toEqual([])
    expect(await mail.jobs.deadLetters()).toMatchObject([{ lastError: 'recipient_invalid', attempts: 1 }])
  })

  it('is not tried again where the server knows no such recipient', async () => {
    const refusal = Object.assign(new Error(`no such user <${recipient}>`), { responseCode: 550 })
    const server = await startServer({ onRcptTo: (_address, _session, done) => done(refusal) })
    const { send, mail, logger } = await deliverTo(server)
    expect(await send()).toMatchObject({ failed: 1, remaining: 0 })
    expect(await mail.jobs.deadLetters()).toMatchObject([{ lastError: 'transport_failed:EENVELOPE:550' }])
    expect(logger.lines.join('\n')).toContain('A mail was given up')
    expect(logger.lines.join('\n')).not.toContain(recipient)
  })

  it('is tried again where the server is busy, and where it is gone', async () => {
    const busy = Object.assign(new Error('try later'), { responseCode: 451 })
    let refuse = true
    const server = await startServer({ onRcptTo: (_address, _session, done) => done(refuse ? busy : null) })
    const { send, mail, advance, storage } = await deliverTo(server)
    expect(await send()).toMatchObject({ failed: 1, remaining: 1 })
    expect(await storage.find(outbox, { limit: 'all' })).toMatchObject([
      { last_error: 'transport_failed:EENVELOPE:451', state: 'pending', attempts: 1 },
    ])
    refuse = false
    advance(15_000)
    expect(await mail.jobs.run()).toMatchObject({ sent: 1, remaining: 0 })
    expect(server.received).toHaveLength(1)

    await server.close()
    expect(await send()).toMatchObject({ failed: 1, remaining: 1 })
    expect(await storage.find(outbox, { limit: 'all' })).toMatchObject([
      { last_error: 'transport_failed:ESOCKET:ECONNREFUSED', state: 'pending' },
    ])
  })

  it('says which server was not to be reached, and why, but not who signs in there', async () => {
    const server = await startServer()
    const { port } = server
    await server.close()
    const { send, logger } = await deliverTo({ url: `smtp://user:s3cr3t@127.0.0.1:${port}` })
    expect(await send()).toMatchObject({ failed: 1 })
    const line = logger.lines.find((each) => each.includes('is tried again'))
    expect(line).toContain(`"code":"transport_failed:ESOCKET:ECONNREFUSED","server":"127.0.0.1:${port}"`)
    expect(logger.lines.join('\n')).not.toMatch(/s3cr3t|user:|jane@/)
  })
})
