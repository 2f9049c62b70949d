import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * How a network can be.
 *
 * `pass` relays. `refuse` resets every connection, those that are open too. `blackhole` keeps them open and lets nothing
 * through. `loseCommit` hands a COMMIT on and resets the connection when its answer comes back; `loseAnswerTo` does so with
 * whatever it says of what is asked, such as a statement that is its own transaction. `latencyMilliseconds`
 * delays whatever comes, in both directions. `cutAfterBytes` resets each connection after so many bytes of answers.
 */
export type NetworkMode =
  | 'pass'
  | 'refuse'
  | 'blackhole'
  | 'loseCommit'
  | { readonly loseAnswerTo: (asked: string) => boolean }
  | { readonly latencyMilliseconds: number }
  | { readonly cutAfterBytes: number }

/** A relay in front of a server that can behave like a broken network. */
export interface TcpProxy {
  readonly port: number
  set(mode: NetworkMode): void
  close(): Promise<void>
}

/** One client's connection and its way to the server. */
interface Pair {
  readonly client: Socket
  readonly upstream: Socket
  /** A COMMIT, or another statement, is on its way whose answer is to be lost. */
  committing: boolean
  answered: number
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  let mode: NetworkMode = 'pass'
  const sockets = new Set<Socket>()
  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const cut = ({ client, upstream }: Pair): void => {
    client.resetAndDestroy()
    upstream.destroy()
  }
  const forward = (chunk: Buffer, to: Socket): void => {
    if (typeof mode === 'object' && 'latencyMilliseconds' in mode) {
      setTimeout(() => to.write(chunk), mode.latencyMilliseconds)
    } else to.write(chunk)
  }
  const isToBeLost = (asked: string): boolean =>
    mode === 'loseCommit'
      ? /\bcommit\b/i.test(asked)
      : typeof mode === 'object' && 'loseAnswerTo' in mode && mode.loseAnswerTo(asked)
  const ask = (pair: Pair, chunk: Buffer): void => {
    if (mode === 'blackhole') return
    if (isToBeLost(chunk.toString('latin1'))) pair.committing = true
    forward(chunk, pair.upstream)
  }
  const answer = (pair: Pair, chunk: Buffer): void => {
    if (mode === 'blackhole') return
    pair.answered += chunk.length
    const isOver = typeof mode === 'object' && 'cutAfterBytes' in mode && pair.answered > mode.cutAfterBytes
    if (isOver || pair.committing) cut(pair)
    else forward(chunk, pair.client)
  }
  const server = createServer((client) => {
    track(client)
    if (mode === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect(target)
    track(upstream)
    const pair: Pair = { client, upstream, committing: false, answered: 0 }
    client.on('data', (chunk) => ask(pair, chunk))
    upstream.on('data', (chunk) => answer(pair, chunk))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Listening on TCP, so the address is one of a socket.
  const { port } = server.address() as AddressInfo
  const dropAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port,
    set: (next) => {
      // What a black hole has swallowed is lost, so no connection goes on behind it.
      if (next === 'refuse' || mode === 'blackhole') dropAll()
      mode = next
    },
    close: async () => {
      dropAll()
      server.close()
      await once(server, 'close')
    },
  }
}
