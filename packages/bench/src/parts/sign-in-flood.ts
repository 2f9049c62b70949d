import { setTimeout as wait } from 'node:timers/promises'
import { probe, startFlood } from '../load/flood.ts'
import type { ProbeReport } from '../load/flood-order.ts'
import { type Contender, interleave } from '../measure/interleave.ts'
import { password } from '../peers/settings.ts'
import type { Row } from '../report/part.ts'
import { format, judge, under } from '../report/rows.ts'
import { expectStatus } from '../servers/expect-status.ts'
import { type RunningServer, startServer } from '../servers/start-server.ts'
import { percentile, summarize } from '../statistics/summary.ts'
import type { Part } from './context.ts'
import { mustBe } from './right.ts'

const connections = 16
const everyMilliseconds = 10

interface Target {
  readonly name: string
  readonly server: RunningServer
  readonly signIn: string
  readonly emails: readonly string[]
  readonly cookies: readonly string[]
}

/** What one route did in the rounds of one server: the 99th percentile and the worst, in milliseconds. */
interface Times {
  readonly p99: number[]
  readonly worst: number[]
}

/** How long others wait while many people sign in. */
export const signInFlood: Part = {
  name: 'flood',
  run: async ({ scale, world }) => {
    const { cardea, betterAuth } = await world()
    const peer = { library: 'better-auth', file: betterAuth.file, cookieCache: false } as const
    const ours = await startServer({ library: 'cardea', file: cardea.file, mode: 'strict' })
    const scrypt = await startServer({ ...peer, hasher: 'scrypt' })
    const argon2 = await startServer({ ...peer, hasher: 'argon2' })
    const theirs = { signIn: '/api/auth/sign-in/email', cookies: betterAuth.callers.map(({ cookie }) => cookie) }
    const targets: readonly Target[] = [
      {
        name: 'Cardea',
        server: ours,
        signIn: '/api/v1/auth/login',
        emails: cardea.emails,
        cookies: cardea.callers.map(({ cookie }) => cookie),
      },
      { name: 'better-auth, scrypt', server: scrypt, emails: betterAuth.scryptEmails, ...theirs },
      { name: 'better-auth, the same Argon2id', server: argon2, emails: betterAuth.argon2Emails, ...theirs },
    ]
    const times = new Map<string, Times>()
    const record = (name: string, report: ProbeReport) => {
      for (const [url, values] of Object.entries(report)) {
        const key = `${name}, ${new URL(url).pathname}`
        const known = times.get(key) ?? { p99: [], worst: [] }
        known.p99.push(percentile(values, 0.99))
        known.worst.push(Math.max(...values))
        times.set(key, known)
      }
    }
    try {
      for (const { server, cookies } of targets) {
        await expectStatus(`${server.url}/guarded`, { cookie: cookies[0] ?? '' }, 200)
        await expectStatus(`${server.url}/guarded`, {}, 401)
        await expectStatus(`${server.url}/health`, {}, 200)
      }
      const contenders = targets.map(
        (target): Contender => ({
          name: target.name,
          turn: async (counts) => {
            const quiet = await probeOnce(target, scale.floodSeconds / 4)
            const flood = startFlood({
              url: `${target.server.url}${target.signIn}`,
              connections,
              bodies: target.emails.map((email) => JSON.stringify({ email, password })),
            })
            await wait(300)
            const started = performance.now()
            const flooded = await probeOnce(target, scale.floodSeconds)
            const seconds = (performance.now() - started + 300) / 1_000
            const { answers, shed, failures } = await flood.stop()
            mustBe(failures + shed === 0 && answers > 0, `${failures + shed} of ${answers} sign-ins during the flood`)
            if (counts) {
              record(`${target.name}, quiet`, quiet)
              record(target.name, flooded)
            }
            return answers / seconds
          },
        }),
      )
      const measured = await interleave(contenders, { rounds: scale.floodRounds, warmUp: scale.judged })
      const rows = [...times].flatMap(([name, { p99, worst }]): Row[] => {
        const row = (what: string, values: readonly number[]): Row => ({
          name: `${name}, ${what}`,
          unit: 'ms',
          value: summarize(values),
        })
        return name.includes('quiet') ? [row('p99', p99)] : [row('p99', p99), row('worst', worst)]
      })
      const p99 = (route: string) => summarize(times.get(`Cardea, ${route}`)?.p99 ?? [])
      const verdict = (route: string) =>
        judge(`p99 of ${route} < 25 ms`, p99(route), { atMost: 25 }, scale.judged, (value) => `${format(value)} ms`)
      return {
        name: 'flood',
        title: `Other routes while ${connections} connections sign in without a pause`,
        rows: [
          ...[...measured].map(([name, values]) => ({
            name: `${name}, sign-ins`,
            unit: '/s',
            value: summarize(values),
          })),
          ...rows,
        ],
        verdicts: under('signIn', [verdict('/guarded'), verdict('/health')]),
        notes: [
          `one request every ${everyMilliseconds} ms, in turn to either route, timed from sending to the end of the answer; flood, probe and server are three processes on the same cores`,
          'quiet: the same without the flood',
        ],
      }
    } finally {
      await Promise.all(targets.map(({ server }) => server.stop()))
    }
  },
}

const probeOnce = ({ server, cookies }: Target, seconds: number): Promise<ProbeReport> =>
  probe({
    urls: [`${server.url}/guarded`, `${server.url}/health`],
    headers: cookies.map((cookie) => ({ cookie })),
    seconds,
    everyMilliseconds,
  })
