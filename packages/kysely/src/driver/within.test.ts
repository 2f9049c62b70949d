import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { within } from './within.js'

describe('within', () => {
  it('hands on what comes in time, and says that it did not come', async () => {
    expect(await within(1_000, Promise.resolve('an answer'))).toBe('an answer')
    await expect(within(1_000, Promise.reject(new Error('a failure')))).rejects.toThrow('a failure')
    let late = 0
    const never = within(4, new Promise<never>(() => undefined), () => {
      late += 1
    })
    await expect(never).rejects.toMatchObject({ code: 'unavailable' })
    expect(late).toBe(1)
  })

  it('does not take the time in which the process was busy itself for silence', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end('an answer')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // Listening on TCP, so the address is one of a socket.
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    const answer = once(socket, 'data').then(([chunk]) => String(chunk))
    socket.write('a question')
    const first = within(40, answer)
    // The server is in this process, too, and answers after this.
    const end = performance.now() + 200
    while (performance.now() < end);
    expect(await first).toBe('an answer')
    socket.destroy()
    server.close()
  })
})
