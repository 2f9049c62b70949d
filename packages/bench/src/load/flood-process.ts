// Floods a server with sign-ins from a process of its own, until its parent sends anything else.
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { FloodOrder, FloodReport } from './flood-order.ts'

let stopping = false
let answers = 0
let shed = 0
let failures = 0

process.once('message', (message) => {
  // The parent sends nothing else first.
  const order = message as FloodOrder
  const agent = new Agent({ keepAlive: true, maxSockets: order.connections })
  const callers = Array.from({ length: order.connections }, (_, index) => call(order, agent, index))
  process.once('message', () => {
    stopping = true
    void Promise.all(callers).then(() => {
      const report: FloodReport = { answers, shed, failures }
      process.send?.(report, () => process.exit(0))
    })
  })
})
process.once('disconnect', () => process.exit(0))

async function call(
  { url, bodies, connections, patient = false }: FloodOrder,
  agent: Agent,
  first: number,
): Promise<void> {
  for (let index = first; !stopping; index += connections) {
    const { status, retryAfter } = await post(url, bodies[index % bodies.length] ?? '', agent)
    answers += 1
    if (status === 503) {
      shed += 1
      if (patient) await waitUnlessStopped(retryAfter * 1_000)
    } else if (status !== 200) failures += 1
  }
}

/** Looks now and then whether it is over. */
async function waitUnlessStopped(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  while (!stopping && performance.now() < end) await wait(50)
}

function post(
  url: string,
  body: string,
  agent: Agent,
): Promise<{ readonly status: number; readonly retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      const retryAfter = Number(response.headers['retry-after'] ?? 0)
      response.once('end', () => resolve({ status, retryAfter }))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
