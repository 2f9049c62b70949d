import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { systemTimers } from './timers.js'

describe('the timers', () => {
  it('call back once, or not at all', async () => {
    const called: string[] = []
    const stop = systemTimers.after(4, () => called.push('stopped'))
    stop()
    systemTimers.after(4, () => called.push('first'))
    await new Promise<void>((resolve) => systemTimers.after(60, resolve))
    expect(called).toEqual(['first'])
  })

  it('do not take the time in which the process was busy itself for silence', async () => {
    const server = createServer((_request, response) => response.end('here'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // Listening on TCP, so the address is one of a socket.
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1' })
    await new Promise((resolve) => socket.once('connect', resolve))
    const first = await new Promise<string>((resolve) => {
      socket.once('data', () => resolve('an answer'))
      systemTimers.after(40, () => resolve('no answer'))
      socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n')
      // The server is in this process, too, and answers after this.
      const end = performance.now() + 200
      while (performance.now() < end);
    })
    expect(first).toBe('an answer')
    socket.destroy()
    server.close()
  })
})
