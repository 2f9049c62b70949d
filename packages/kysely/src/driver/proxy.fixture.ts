import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy that can go wrong in the ways of a network. */
export interface FaultyProxy {
  readonly url: string
  /** `blackhole`: everything is accepted and nothing comes out. `loseCommit`: COMMIT arrives, its answer does not. */
  mode: 'pass' | 'blackhole' | 'loseCommit'
  /** Ends all connections at once. */
  reset(): void
  close(): Promise<void>
}

/** Starts a proxy in front of the server that a URL names, with its port. */
export async function startProxy(url: string): Promise<FaultyProxy> {
  const target = new URL(url)
  const [host, port] = [target.hostname, Number(target.port)]
  const sockets = new Set<Socket>()
  const proxy: Pick<FaultyProxy, 'mode'> = { mode: 'pass' }
  const server = createServer((client) => {
    const upstream = connect(port, host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    let committing = false
    client.on('data', (data) => {
      if (proxy.mode === 'blackhole') return
      if (proxy.mode === 'loseCommit' && /\bcommit\b/.test(data.toString('latin1'))) {
        committing = true
        // The bytes are on their way; the server acts on them whether anybody listens or not.
        setTimeout(() => client.destroy(), 100)
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (proxy.mode !== 'blackhole' && !committing) client.write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  target.hostname = '127.0.0.1'
  target.port = String(portOf(server))
  return Object.assign(proxy, {
    url: target.href,
    reset: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port')
  return address.port
}
