// Puts load on a server over plain sockets: reads what to do from the standard input, writes what it did to the standard output.
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Load, LoadTarget } from './target.ts'

// Written by `loadBySockets`.
const target = JSON.parse(await text(process.stdin)) as LoadTarget
const { hostname, host, port, pathname } = new URL(target.url)
// Written out beforehand, so that taking the next one costs nothing.
const requests = target.headers.map((values) => {
  const lines = Object.entries({ host, ...values }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
})
const success = 'HTTP/1.1 200 '

let sent = 0
let answered = 0
let over = false
const open = Array.from({ length: target.connections }, () => call())
// It never sleeps: waking up whoever sleeps takes the server's time, and only where the server is the slower of the two.
const stayAwake = (): void => {
  if (!over) setImmediate(stayAwake)
}
stayAwake()
const start = performance.now()
setTimeout(() => {
  over = true
}, target.seconds * 1_000)
await Promise.all(open)
const elapsed = (performance.now() - start) / 1_000
const load: Load = { requests: answered, requestsPerSecond: answered / elapsed }
process.stdout.write(JSON.stringify(load))

/** One connection: a request, its answer, the next request. */
function call(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    let length = 0
    let received = 0
    const next = (): void => {
      const request = requests[sent % requests.length]
      sent += 1
      if (over || request === undefined) {
        socket.destroy()
        resolve()
      } else socket.write(request)
    }
    socket.once('connect', next)
    socket.once('error', reject)
    socket.once('close', () => {
      if (!over) reject(new Error(`${target.url} closed a connection`))
    })
    socket.on('data', (chunk) => {
      // Whatever this costs is paid for each request; all answers of a route are of one length, so the first is read closely.
      if (received === 0 && chunk.toString('latin1', 0, success.length) !== success) {
        reject(new Error(`${target.url} said ${chunk.toString('latin1', 0, 40)}`))
        return
      }
      if (length === 0) length = lengthOf(chunk)
      received += chunk.length
      if (received < length) return
      if (received > length) {
        reject(new Error(`${target.url} gave ${received} bytes rather than ${length}`))
        return
      }
      received = 0
      answered += 1
      next()
    })
  })
}

/** How long an answer is, with its head. */
function lengthOf(chunk: Buffer): number {
  const head = chunk.indexOf('\r\n\r\n')
  const body = /\r\ncontent-length: (\d+)\r\n/i.exec(chunk.toString('latin1', 0, head + 2))?.[1]
  if (head < 0 || body === undefined) throw new Error(`${target.url} does not say how long its answer is`)
  return head + 4 + Number(body)
}
