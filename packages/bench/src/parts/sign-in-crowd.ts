import { setTimeout as wait } from 'node:timers/promises'
import { probe, startFlood } from '../load/flood.ts'
import { password } from '../peers/settings.ts'
import { fixedRow, format, judge } from '../report/rows.ts'
import { expectStatus } from '../servers/expect-status.ts'
import { startServer } from '../servers/start-server.ts'
import { percentile, summarize } from '../statistics/summary.ts'
import type { Part } from './context.ts'
import { mustBe } from './right.ts'

const connections = 200
const everyMilliseconds = 10
const megabyte = 1_000_000

/** What others and the memory notice of more sign-ins at once than can be hashed, where most have to come back later. */
export const signInCrowd: Part = {
  name: 'crowd',
  run: async ({ scale, world }) => {
    const { cardea } = await world()
    const server = await startServer({ library: 'cardea', file: cardea.file, mode: 'strict' })
    const headers = cardea.callers.map(({ cookie }) => ({ cookie }))
    const urls = [`${server.url}/guarded`, `${server.url}/health`] as const
    const p99 = new Map<string, number[]>(urls.map((url) => [url, []]))
    const memory: number[] = []
    const resident: number[] = []
    const letThrough: number[] = []
    const shares: number[] = []
    try {
      await expectStatus(urls[0], headers[0] ?? {}, 200)
      const before = await server.memory()
      // The first warms up: code gets compiled, pools of threads and memory are made.
      for (let round = 0; round <= scale.floodRounds; round += 1) {
        const flood = startFlood({
          url: `${server.url}/api/v1/auth/login`,
          connections,
          patient: true,
          bodies: cardea.emails.map((email) => JSON.stringify({ email, password })),
        })
        await wait(300)
        const started = performance.now()
        const report = await probe({ urls, headers, seconds: scale.floodSeconds, everyMilliseconds })
        const seconds = (performance.now() - started + 300) / 1_000
        const { answers, shed, failures } = await flood.stop()
        mustBe(failures === 0 && answers > shed, `${failures} failed and ${shed} put off of ${answers} sign-ins`)
        const { heapBytes, residentBytes } = await server.memory()
        memory.push(heapBytes / megabyte)
        resident.push(residentBytes / megabyte)
        if (round === 0) continue
        for (const url of urls) p99.get(url)?.push(percentile(report[url] ?? [], 0.99))
        letThrough.push((answers - shed) / seconds)
        shares.push(shed / answers)
      }
      const [first = 0, ...later] = memory
      const growth = Math.max(0, ...later) / first
      const times = (url: string) => summarize(p99.get(url) ?? [])
      const verdict = (name: string, url: string) =>
        judge(`p99 of ${name} < 25 ms`, times(url), { atMost: 25 }, scale.judged, (value) => `${format(value)} ms`)
      return {
        name: 'crowd',
        title: `Other routes, and memory, while ${connections} clients sign in, again and again`,
        rows: [
          { name: 'sign-ins', unit: '/s', value: summarize(letThrough) },
          { name: 'of all, answered 503', unit: '', value: summarize(shares) },
          { name: '/guarded, p99', unit: 'ms', value: times(urls[0]) },
          { name: '/health, p99', unit: 'ms', value: times(urls[1]) },
          fixedRow('heap in use before', 'MB', before.heapBytes / megabyte),
          fixedRow('heap in use after the first flood', 'MB', first),
          fixedRow('heap in use after later floods, at most', 'MB', Math.max(0, ...later)),
          fixedRow('resident before', 'MB', before.residentBytes / megabyte),
          fixedRow('resident at the end', 'MB', resident.at(-1) ?? 0),
        ],
        verdicts: [
          verdict('/guarded', urls[0]),
          verdict('/health', urls[1]),
          judge('heap after later floods <= 1.2 x after the first', summarize([growth]), { atMost: 1.2 }, scale.judged),
        ],
        notes: [
          `one request every ${everyMilliseconds} ms, in turn to either route, timed from sending to the end of the answer; flood, probe and server are three processes on the same cores`,
          'what the process holds beside its heap is memory that the hasher and the collector have not given back; whoever is put off comes back after as long as the answer says; clients that come back at once make three processes fight for two cores',
        ],
      }
    } finally {
      await server.stop()
    }
  },
}
