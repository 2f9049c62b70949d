// A server in a process of its own: takes an order from its parent, says where it listens, and ends with the parent.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { betterAuthApp } from './better-auth-app.ts'
import { cardeaApp } from './cardea-app.ts'
import { cardeaExpressApp } from './cardea-express-app.ts'
import { cardeaNextApp } from './cardea-next-app.ts'
import type { ServerOrder, ServerQuestion, ServerReady, ServerUsage } from './message.ts'
import { startProfile, stopProfile } from './profile-self.ts'

process.once('message', (message) => {
  // Nobody else sends anything here.
  const order = message as ServerOrder
  void open(order)
  process.on('message', (question) => {
    // Nor does anybody send anything else here.
    void answer(question as ServerQuestion).then((usage) => process.send?.(usage))
  })
})
process.once('disconnect', () => process.exit(0))

async function open(order: ServerOrder): Promise<void> {
  if (order.library === 'cardea' && (order.framework === 'express' || order.framework === 'next')) {
    const open: (file: string, mode: 'strict' | 'stateless') => Promise<RequestListener> =
      order.framework === 'next' ? cardeaNextApp : cardeaExpressApp
    const server = createServer(await open(order.file, order.mode))
    // Listening on TCP, so the address is one of a socket.
    server.listen(0, '127.0.0.1', () => sayReady(server.address() as AddressInfo))
    return
  }
  const app = order.library === 'cardea' ? await cardeaApp(order.file, order.mode) : betterAuthApp(order.file, order)
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, sayReady)
}

function sayReady({ port }: AddressInfo): void {
  const ready: ServerReady = { port }
  process.send?.(ready)
}

async function answer(question: ServerQuestion): Promise<ServerUsage> {
  if (question === 'start-profile') await startProfile()
  else if (typeof question === 'object') await stopProfile(question.profileTo)
  if (question === 'memory') globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return { cpuMicroseconds: user + system, residentBytes: rss, heapBytes: heapUsed }
}
