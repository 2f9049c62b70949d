import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail as a server has received it. */
export interface Received {
  /** Who it was said to come from, beside the mail. */
  readonly from: string
  /** Who it was to be delivered to, beside the mail. */
  readonly to: readonly string[]
  readonly raw: string
  readonly email: Email
}

export interface TestSmtpServer {
  readonly url: string
  readonly port: number
  readonly received: readonly Received[]
  close(): Promise<void>
}

/** A real SMTP server that keeps what it gets. */
export async function startSmtpServer(options: SMTPServerOptions = {}): Promise<TestSmtpServer> {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    // Its certificates and names are of no interest here.
    disableReverseLookup: true,
    closeTimeout: 100,
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1')
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const to = envelope.rcptTo.map(({ address }) => address)
        const parsed = PostalMime.parse(Buffer.concat(chunks))
        void parsed.then((email) => received.push({ from, to, raw, email })).finally(done)
      })
    },
    ...options,
  })
  // A client that goes away amid a sentence is no failure of ours.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server listens nowhere')
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    port: address.port,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}
