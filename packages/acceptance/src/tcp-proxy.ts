import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A relay in front of a server that can behave like a broken network. */
export interface TcpProxy {
  readonly port: number
  /**
   * `pass` relays; `refuse` resets every connection, those that are open too; `blackhole` keeps them open and lets
   * nothing through.
   */
  set(mode: 'pass' | 'refuse' | 'blackhole'): void
  close(): Promise<void>
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  let mode: 'pass' | 'refuse' | 'blackhole' = 'pass'
  const sockets = new Set<Socket>()
  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const relay = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => {
      if (mode === 'pass') to.write(chunk)
    })
    from.on('close', () => to.destroy())
  }
  const server = createServer((client) => {
    track(client)
    if (mode === 'refuse') return client.resetAndDestroy()
    const upstream = connect(target)
    track(upstream)
    relay(client, upstream)
    relay(upstream, client)
    return undefined
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
      mode = next
      if (next !== 'blackhole') dropAll()
    },
    close: async () => {
      dropAll()
      server.close()
      await once(server, 'close')
    },
  }
}
