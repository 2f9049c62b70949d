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
    let first = ''
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
      received += chunk.length
      if (length === 0) {
        first += chunk.toString('latin1')
        length = lengthOf(first)
      }
      if (length === 0 || received < length) return
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

/** How long an answer is, with its head, by what has come of it so far. 0 as long as that does not tell. */
function lengthOf(answer: string): number {
  const head = answer.indexOf('\r\n\r\n')
  if (head < 0) return 0
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(answer.slice(0, head + 2))?.[1]
  if (length !== undefined) return head + 4 + Number(length)
  // In chunks, the last of which is empty.
  return answer.endsWith('\r\n0\r\n\r\n') ? answer.length : 0
}
