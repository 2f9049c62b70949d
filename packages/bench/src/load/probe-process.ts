// Times single requests at even intervals from a process of its own, whatever becomes of those before.
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { ProbeOrder, ProbeReport } from './flood-order.ts'

process.once('message', (message) => {
  // The parent sends nothing else.
  void probe(message as ProbeOrder).then((report) => process.send?.(report, () => process.exit(0)))
})
process.once('disconnect', () => process.exit(0))

async function probe({ urls, headers, seconds, everyMilliseconds }: ProbeOrder): Promise<ProbeReport> {
  const agent = new Agent({ keepAlive: true })
  const times = new Map<string, number[]>(urls.map((url) => [url, []]))
  const pending: Promise<void>[] = []
  const total = Math.ceil((seconds * 1_000) / everyMilliseconds)
  const start = performance.now()
  for (let index = 0; index < total; index += 1) {
    await wait(Math.max(0, start + index * everyMilliseconds - performance.now()))
    const url = urls[index % urls.length] ?? ''
    pending.push(get(url, headers[index % headers.length] ?? {}, agent).then((time) => void times.get(url)?.push(time)))
  }
  await Promise.all(pending)
  return Object.fromEntries(times)
}

/** @returns Milliseconds from sending to the end of the answer. */
function get(url: string, headers: Readonly<Record<string, string>>, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const sent = request(url, { agent, headers }, (response) => {
      response.resume()
      if (response.statusCode !== 200) reject(new Error(`${url} said ${response.statusCode}`))
      response.once('end', () => resolve(performance.now() - start))
    })
    sent.once('error', reject)
    sent.end()
  })
}
