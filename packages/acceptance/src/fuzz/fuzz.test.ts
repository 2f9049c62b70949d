import { readFileSync } from 'node:fs'
import { Agent, maxHeaderSize } from 'node:http'
import { join } from 'node:path'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { clientOf } from '../client.js'
import { defineCustomers } from '../define-customers.js'
import { type DemoKind, demoKinds } from '../demo-kinds.js'
import { adminCredentials, startDemo } from '../demo-server.js'
import { seededRandom } from '../seed.js'
import { type FuzzRequest, fuzzRequest } from './requests.js'
import { type FuzzAnswer, sendFuzz } from './send.js'
import { prepareFuzz } from './world.js'

const requests = rounds({ test: 600, ci: 3_000, long: 100_000 })
const onAll = rounds({ test: 0, ci: 0, long: 1 }) === 1
const kinds = demoKinds.filter(({ kind }) => onAll || kind.name === 'SQLite')
/** All of them on one database; what the others do differently needs fewer, and so does Next, which takes its time. */
const requestsOn = ({ framework, kind }: DemoKind): number =>
  kind.name === 'SQLite' && framework !== 'next' ? requests : Math.ceil(requests / 4)
const atOnce = 8
/** Enough to see what they have in common. */
const mostWrong = 20

const errors = readFileSync(join(import.meta.dirname, '../../../../docs/errors.md'), 'utf8')
const codes = new Set([...errors.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code))

/** What is wrong with an answer; undefined where nothing is. */
function fault({ method }: FuzzRequest, { status, type, text }: FuzzAnswer): string | undefined {
  if (status >= 500 && status !== 503) return 'a failure'
  if (status < 200) return 'no status'
  // Longer than Node reads: no program gets to see it.
  if (status < 400 || status === 431 || method === 'HEAD') return undefined
  if (type !== 'application/problem+json') return `an error of type ${type}`
  const problem = JSON.parse(text) as { readonly status?: unknown; readonly code?: unknown }
  if (problem.status !== status) return 'a problem of another status'
  if (typeof problem.code !== 'string' || !codes.has(problem.code)) return 'a code that is not documented'
  return status === 503 && problem.code !== 'unavailable' ? 'a 503 without a cause' : undefined
}

/** What is larger than anybody reads is cut off, perhaps before its sender looks for the answer. */
const isCutOff = ({ path, headers, body }: FuzzRequest): boolean =>
  (body?.length ?? 0) >= 65_536 || path.length + JSON.stringify(headers).length >= maxHeaderSize

describe('a demo server that gets whatever can be sent', () => {
  it.each(kinds)('fails at nothing, on $name', { timeout: 1_200_000 }, async (demoKind) => {
    const { kind, script } = demoKind
    const database = await kind.create()
    const demo = await startDemo({ DATABASE_URL: database.url }, undefined, script)
    const random = seededRandom()
    const wanted = requestsOn(demoKind)
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
    const statuses = new Map<number, number>()
    const wrong: string[] = []
    await defineCustomers(clientOf(demo.url))
    let world = await prepareFuzz(clientOf(demo.url), 'fuzz')
    let sent = 0
    const lane = async (): Promise<void> => {
      while (sent < wanted && wrong.length < mostWrong) {
        sent += 1
        // What the requests before it have ended is given anew.
        if (sent % 20_000 === 0) world = await prepareFuzz(clientOf(demo.url), `fuzz${sent}`)
        const request = fuzzRequest(random, world)
        const answer = await sendFuzz(demo.url, agent, request)
        if (answer === undefined) {
          if (!isCutOff(request)) wrong.push(`no answer: ${JSON.stringify(request).slice(0, 2_000)}`)
          continue
        }
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        const found = fault(request, answer)
        if (found === undefined) continue
        const all = JSON.stringify({ found, ...request, body: request.body?.toString(), answer })
        wrong.push(all.slice(0, 2_000))
      }
    }
    try {
      await Promise.all(Array.from({ length: atOnce }, lane))
      expect(wrong, `CARDEA_TEST_SEED=${random.seed}\n${demo.output().slice(-2_000)}`).toEqual([])
      // Much of it was near enough to get somewhere, and little was held up.
      const share = (least: number, most: number) =>
        [...statuses].reduce((sum, [status, count]) => sum + (status >= least && status < most ? count : 0), 0) / sent
      expect([share(200, 300) > 0.02, share(401, 402) > 0.02, share(422, 423) > 0.02, share(503, 504) < 0.05]).toEqual([
        true,
        true,
        true,
        true,
      ])
      // Neither a rejection that nobody handled nor a defect that was caught: both would be printed.
      expect(demo.output()).not.toMatch(/unhandled|internal_error| {4}at /i)
      const after = await clientOf(demo.url).post('/api/v1/auth/login', adminCredentials)
      expect(after.status).toBe(200)
    } finally {
      agent.destroy()
      const code = await demo.stop()
      await database.drop()
      expect(code).toBe(0)
    }
  })
})
