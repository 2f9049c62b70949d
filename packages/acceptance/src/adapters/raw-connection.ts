import { connect, type Socket } from 'node:net'

/** An answer as it came over a connection. */
export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** A connection on which a test says what it likes. */
export interface RawConnection {
  readonly socket: Socket
  send(text: string): void
  /** The next answer; undefined once the connection has ended without one. */
  next(hasBody?: boolean): Promise<RawAnswer | undefined>
  close(): void
}

export async function connectTo(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  let ended = false
  let wake = (): void => undefined
  const changed = (): void => wake()
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received += chunk
    changed()
  })
  // A server that has had enough may reset the connection.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    ended = true
    changed()
  })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const more = async (): Promise<boolean> => {
    if (ended) return false
    await new Promise<void>((resolve) => {
      wake = resolve
    })
    return true
  }
  return {
    socket,
    send: (text) => void socket.write(text, 'latin1'),
    close: () => void socket.destroy(),
    async next(hasBody = true) {
      for (;;) {
        const found = firstAnswer(received, ended, hasBody)
        if (found !== undefined) {
          received = received.slice(found.length)
          return found.answer
        }
        if (!(await more())) return undefined
      }
    },
  }
}

function firstAnswer(
  text: string,
  ended: boolean,
  hasBody: boolean,
): { answer: RawAnswer; length: number } | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  const rest = text.slice(end + 4)
  const answer = (body: string, taken = body.length) => ({ answer: { status, head, body }, length: end + 4 + taken })
  if (!hasBody || status < 200 || status === 204 || status === 304) return answer('')
  const length = /^content-length: (\d+)$/im.exec(head)?.[1]
  if (length !== undefined) return rest.length < Number(length) ? undefined : answer(rest.slice(0, Number(length)))
  if (!/^transfer-encoding: chunked$/im.test(head)) return ended ? answer(rest) : undefined
  const last = rest.indexOf('0\r\n\r\n')
  if (last < 0) return undefined
  const chunks = rest.slice(0, last).replace(/\r\n$/, '')
  return answer(chunks.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/gi, ''), last + 5)
}
