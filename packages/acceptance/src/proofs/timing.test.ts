import { createHandler } from '@cardea/http'
import { createCardea } from 'cardea'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../seed.js'
import { accountClasses, makeAccount } from './account-classes.js'
import { createProofApp, expecting, origin, password } from './app.js'
import { likelyAlike, median } from './samples.js'
import { proofDatabases } from './storages.js'

const auth = '/api/v1/auth'

/** More than anybody needs to see a difference of a millisecond through a network. */
const rounds = 300
/** So rarely may samples of one source look like those of two: there are some sixty comparisons. */
const chance = 0.01 / 60
/** What is done before the first sample that counts: libraries are loaded, code gets compiled. */
const warmUp = 20

type Kind = string
type Samples = ReadonlyMap<Kind, readonly number[]>

/**
 * Samples of each kind, interleaved, so that whatever else the machine does meets all of them alike; in another order each
 * round, so that none always comes after the same one.
 */
async function sample(
  kinds: readonly Kind[],
  act: (kind: Kind, round: number) => Promise<void>,
  settle: () => Promise<unknown>,
  prepare: () => Promise<void> = async () => undefined,
): Promise<Samples> {
  const random = seededRandom()
  const samples = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  for (let round = 0; round < rounds + warmUp; round += 1) {
    await prepare()
    const order = new Map(kinds.map((kind) => [kind, random.below(1_000_000)]))
    for (const kind of kinds.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))) {
      const before = performance.now()
      await act(kind, round)
      const took = performance.now() - before
      if (round >= warmUp) samples.get(kind)?.push(took)
      await settle()
    }
  }
  return samples
}

/** Alike by the test of Mann and Whitney, or so near that it takes more than this to use it. */
function expectAlike(samples: Samples): void {
  const reference = samples.get('unknown') ?? []
  const found = [...samples].map(([kind, own]) => {
    const [theirs, mine] = [median(reference), median(own)]
    const difference = Math.abs(theirs - mine)
    const near = difference < 2 && difference < 0.05 * theirs
    const likely = likelyAlike(reference, own)
    return { kind, alike: near || likely > chance, likely, milliseconds: mine }
  })
  expect(
    found.filter(({ alike }) => !alike),
    JSON.stringify(found),
  ).toEqual([])
}

// Time is asserted here alone: on a machine that is busy with other tests it says little.
const long = process.env['CARDEA_TEST_TIER'] === 'long'
describe.skipIf(!long).each(proofDatabases)('how long an answer takes, on $name,', ({ open }) => {
  it('does not tell whether there is an account, by a login with the hashing of production', async () => {
    const { storage, drop } = await open()
    const pending: Promise<unknown>[] = []
    const quiet = () => undefined
    const instance = createCardea({
      storage,
      secret: 'a secret of the tests, long enough for them',
      baseUrl: origin,
      environment: 'test',
      logger: { info: quiet, warn: quiet, error: quiet },
      background: (work) => pending.push(work),
    })
    await instance.migrate()
    await instance.ready()
    const { users } = instance
    const emailOf = (kind: Kind) => `${kind.replaceAll(' ', '-')}@example.test`
    const made = ['verified', 'unverified', 'disabled']
    for (const kind of made) {
      const user = await users.create({ email: emailOf(kind), password }, { verified: kind === 'verified' })
      if (kind === 'disabled') await users.disable(user.id)
    }
    const handler = createHandler(instance, { rateLimits: 'off' })
    const samples = await sample(
      ['unknown', ...made],
      async (kind, round) => {
        const body = JSON.stringify({ email: emailOf(kind), password: 'not the password' })
        const headers = { 'content-type': 'application/json' }
        const request = new Request(`${origin}${auth}/login`, { method: 'POST', headers, body })
        // From elsewhere each time: nobody is locked out.
        const response = await handler(request, { ip: `198.51.${Math.floor(round / 250)}.${round % 250}` })
        if (response.status !== 401) throw new Error(String(response.status))
      },
      () => Promise.all(pending.splice(0)),
    )
    await instance.close()
    await drop()
    expectAlike(samples)
  })

  it.each([
    ['request-verification', 202],
    ['request-password-reset', 200],
    ['otp/request', 200],
    ['otp/verify', 401],
    ['register', 202],
  ])('does not tell whether there is an account, by %s', async (route, status) => {
    const { storage, drop } = await open()
    const app = await createProofApp(storage, {
      auth: { registrationAnswer: 'uniform', otp: { enabled: true } },
    })
    const kinds = accountClasses.filter((kind) => !/locked|factor/.test(kind))
    const emails = new Map<Kind, string>()
    for (const [index, kind] of kinds.entries()) emails.set(kind, await makeAccount(app, kind, `p${index}`))
    const flows = new Map<Kind, unknown>()
    const askForCodes = async () => {
      for (const [kind, email] of emails) {
        const { body } = await expecting(200, app.send('POST', `${auth}/otp/request`, { body: { email } }))
        flows.set(kind, body['flow_id'])
      }
      await app.settle()
    }
    const bodies: Readonly<Record<string, (email: string, kind: Kind, round: number) => unknown>> = {
      'otp/verify': (email, kind) => ({ email, code: 'x12345', flow_id: flows.get(kind) }),
      // An address that gets an account by it is not unknown any more, so each round has its own.
      register: (email, kind, round) => ({ email: kind === 'unknown' ? `n${round}${email}` : email, password }),
    }
    const samples = await sample(
      kinds,
      async (kind, round) => {
        const email = emails.get(kind) ?? ''
        const body = bodies[route]?.(email, kind, round) ?? { email }
        await expecting(status, app.send('POST', `${auth}/${route}`, { body }))
      },
      app.settle,
      async () => {
        // Budgets of addresses are full again.
        app.clock.advance('6h')
        if (route === 'otp/verify') await askForCodes()
      },
    )
    await app.close()
    await drop()
    expectAlike(samples)
  })
})
