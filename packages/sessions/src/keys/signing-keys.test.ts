import { eq } from '@cardea/core'
import { createKeyring, secureRandom, toBase64Url } from '@cardea/core/crypto'
import { keys as keyTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import {
  createBench,
  day,
  forge,
  hour,
  minute,
  otherSecret,
  rootSecret,
  signIn,
  takeApart,
} from '../sessions.fixture.js'
import type { Sessions } from '../sessions.js'

const users = ['users'] as const
const pairs = { accessTokens: { algorithm: 'EdDSA' } } as const
const invalid = { valid: false, code: 'token_invalid' }
const valid = { valid: true }

async function setUp(algorithm: 'EdDSA' | 'ES256' = 'EdDSA', more: object = {}) {
  const bench = await createBench({ accessTokens: { algorithm, ...more } })
  await bench.sessions.keys.prepare()
  return bench
}

const verify = (sessions: Sessions, token: string) => sessions.verifyAccessToken(token, users)
const accessToken = async (sessions: Sessions): Promise<string> => (await signIn(sessions)).accessToken
const kidOf = (token: string): unknown => takeApart(token).header['kid']
const states = async (sessions: Sessions) => (await sessions.keys.list()).map(({ state }) => state)

describe('sessions.keys', () => {
  it.each(['EdDSA', 'ES256'] as const)(
    'sign with %s, which another node verifies, by one statement each',
    async (algorithm) => {
      const bench = await setUp(algorithm)
      const token = await accessToken(bench.sessions)
      expect(takeApart(token).header).toMatchObject({ alg: algorithm, typ: 'at+jwt' })
      const other = bench.node({ accessTokens: { algorithm } })
      await other.keys.prepare()
      for (const node of [bench.sessions, other, other]) {
        const statements = await bench.countStatements(async () => {
          expect(await verify(node, token)).toMatchObject(valid)
        })
        expect(statements).toBe(1)
      }
      const stateless = bench.node({ accessTokens: { algorithm }, mode: 'stateless' })
      await stateless.keys.prepare()
      const statements = await bench.countStatements(async () => {
        expect(await verify(stateless, token)).toMatchObject(valid)
      })
      expect(statements).toBe(0)
    },
  )

  it('are one key, however many nodes make the first at the same time', async () => {
    const bench = await createBench(pairs)
    const nodes = Array.from({ length: 20 }, () => bench.node({}))
    await Promise.all(nodes.map((node) => node.keys.prepare()))
    expect(await states(bench.sessions)).toEqual(['signing'])
    const tokens = await Promise.all(nodes.map(accessToken))
    expect(new Set(tokens.map(kidOf)).size).toBe(1)
  })

  it('publish the next one before it signs, and accept the one before until its last token is over', async () => {
    const bench = await setUp()
    const { sessions } = bench
    const first = await accessToken(sessions)
    const next = await sessions.keys.rotate()
    expect(next).toMatchObject({ state: 'upcoming', retireAt: null, notBefore: bench.time.now + hour })
    const ids = (await sessions.keys.published())?.keys.map(({ kid }) => kid)
    expect(ids).toEqual([kidOf(first), next.id])
    bench.advance(hour - 1)
    const last = await accessToken(sessions)
    expect(kidOf(last)).toBe(kidOf(first))
    bench.advance(1)
    expect(kidOf(await accessToken(sessions))).toBe(next.id)
    expect(await states(sessions)).toEqual(['accepted', 'signing'])
    expect(await verify(sessions, last)).toMatchObject(valid)
    // The last token of the first key lives for a day; what is accepted after that is nothing.
    bench.advance(day + 6 * minute - 1)
    expect(await states(sessions)).toEqual(['accepted', 'signing'])
    bench.advance(1)
    expect(await states(sessions)).toEqual(['retired', 'signing'])
    expect((await sessions.keys.published())?.keys.map(({ kid }) => kid)).toEqual([next.id])
  })

  it('are not upcoming where a successor signs before them, and are where it signs only after them', async () => {
    const { sessions, advance } = await setUp()
    await sessions.keys.rotate()
    advance(hour / 2)
    // The second signs for half an hour before the third does.
    await sessions.keys.rotate()
    expect(await states(sessions)).toEqual(['signing', 'upcoming', 'upcoming'])
    const { id } = await sessions.keys.rotate({ now: true })
    expect(await states(sessions)).toEqual(['accepted', 'signing', 'accepted', 'accepted'])
    advance(2 * hour)
    expect(kidOf(await accessToken(sessions))).toBe(id)
  })

  it('refuse what a retired key signed, also when it is remembered, and at other nodes within five minutes', async () => {
    const bench = await setUp()
    const { sessions } = bench
    const other = bench.node(pairs)
    const token = await accessToken(sessions)
    for (const node of [sessions, other]) expect(await verify(node, token)).toMatchObject(valid)
    const retired = await sessions.keys.retire(String(kidOf(token)))
    expect(retired?.state).toBe('retired')
    expect(await verify(sessions, token)).toEqual(invalid)
    bench.advance(5 * minute)
    expect(await verify(other, token)).toEqual(invalid)
    // Somebody signs all the same, with a key that nobody had seen.
    const fresh = await accessToken(sessions)
    expect(await verify(other, fresh)).toMatchObject(valid)
    expect(await states(sessions)).toEqual(['retired', 'signing'])
  })

  it('go when their time is over, without anybody looking again', async () => {
    const bench = await setUp('EdDSA')
    const node = bench.node({
      ...pairs,
      mode: 'stateless',
      lifetimes: { accessSeconds: 10 * 86_400, idleSeconds: 20 * 86_400 },
    })
    const token = await accessToken(node)
    await bench.sessions.keys.rotate({ now: true })
    expect(await verify(node, token)).toMatchObject(valid)
    bench.advance(day + 6 * minute - 1)
    expect(await verify(node, token)).toMatchObject(valid)
    bench.advance(1)
    expect(await verify(node, token)).toEqual(invalid)
  })

  it('bring the next one forward when the one that signs is retired', async () => {
    const bench = await setUp()
    const { sessions } = bench
    const next = await sessions.keys.rotate()
    const [first] = await sessions.keys.list()
    await sessions.keys.retire(first?.id ?? '')
    expect(kidOf(await accessToken(sessions))).toBe(next.id)
    expect(await sessions.keys.retire('A'.repeat(32))).toBeUndefined()
  })

  it('answer 20 rotations and a flood of invented ids with no wrong refusal and few statements', async () => {
    const bench = await setUp()
    // Stateless, so that whatever is asked of the database is for the sake of keys.
    const other = bench.node({ ...pairs, mode: 'stateless' })
    await other.keys.prepare()
    const genuine = await signIn(bench.sessions)
    const { header, payload } = takeApart(genuine.accessToken)
    const invent = () =>
      forge({ ...header, kid: toBase64Url(secureRandom(24)) }, payload, new Uint8Array(32).fill(7), 'sha256')
    const tokens = [genuine.accessToken]
    for (let round = 0; round < 20; round += 1) {
      await bench.sessions.keys.rotate({ now: round % 2 === 0 })
      const newest = await accessToken(bench.sessions)
      tokens.push(newest)
      const statements = await bench.countStatements(async () => {
        const [good, bad] = await Promise.all([
          Promise.all(Array.from({ length: 20 }, (_, index) => verify(other, tokens[index % tokens.length] ?? newest))),
          Promise.all(Array.from({ length: 50 }, () => verify(other, invent()))),
        ])
        expect(good.filter((result) => !result.valid)).toEqual([])
        expect(bad.filter((result) => result.valid)).toEqual([])
      })
      expect(statements).toBeLessThanOrEqual(2)
      bench.advance(5 * minute)
    }
  })

  it('cost no statement where an id is invented, one after the other', async () => {
    const bench = await setUp()
    const { header, payload } = takeApart(await accessToken(bench.sessions))
    await bench.sessions.keys.published()
    const statements = await bench.countStatements(async () => {
      for (let round = 0; round < 50; round += 1) {
        const kid = toBase64Url(secureRandom(24))
        expect(await verify(bench.sessions, forge({ ...header, kid }, payload, new Uint8Array(32)))).toEqual(invalid)
      }
    })
    expect(statements).toBe(0)
  })

  it('look for an id that the secret vouches for once in ten seconds, when there is no such key', async () => {
    const bench = await setUp()
    const { sessions } = bench
    const gone = await accessToken(sessions)
    await sessions.keys.rotate({ now: true })
    await bench.storage.delete(keyTable, eq('id', String(kidOf(gone))))
    sessions.keys.forget()
    await sessions.keys.published()
    const ask = () => Promise.all(Array.from({ length: 50 }, () => verify(sessions, gone)))
    expect(await bench.countStatements(ask)).toBe(1)
    expect(await bench.countStatements(ask)).toBe(0)
    bench.advance(10_000)
    expect(await bench.countStatements(ask)).toBe(1)
  })

  it('are kept encrypted, and opened by the secret that made them, wherever it stands in the list', async () => {
    const bench = await setUp()
    const [row] = await bench.storage.find(keyTable, { limit: 'all' })
    expect(Object.keys(row?.public_key as object).sort()).toEqual(['crv', 'kty', 'x'])
    expect(row?.private_key).toMatch(/^[\w-]{8}\.[\w-]+$/)
    const token = await accessToken(bench.sessions)
    const moved = bench.node({ ...pairs, keyring: createKeyring([otherSecret, rootSecret]) })
    expect(kidOf(await accessToken(moved))).toBe(kidOf(token))
    expect(JSON.stringify([await bench.sessions.keys.list(), await bench.sessions.keys.published()])).not.toMatch(
      /"d"|private/,
    )
  })

  it('cannot be used without that secret, which is never the fault of a token', async () => {
    const bench = await setUp()
    const token = await accessToken(bench.sessions)
    const without = bench.node({ ...pairs, keyring: createKeyring([otherSecret]) })
    expect(await without.keys.prepare()).toBe(false)
    expect((await without.keys.list())[0]).toMatchObject({ opens: false, state: 'signing' })
    await expect(signIn(without)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('cardea keys rotate --now'),
    })
    // Who has a token goes on, and so does who asks for the public keys.
    expect(await verify(without, token)).toMatchObject(valid)
    expect((await without.keys.published())?.keys).toHaveLength(1)
    const made = await without.keys.rotate({ now: true })
    expect(kidOf(await accessToken(without))).toBe(made.id)
  })

  it('opens no key that was put into the place of another', async () => {
    const bench = await setUp()
    const first = await bench.sessions.keys.list()
    const second = await bench.sessions.keys.rotate()
    const rows = await bench.storage.find(keyTable, { limit: 'all' })
    const stolen = rows.find(({ id }) => id === second.id)?.private_key ?? ''
    await bench.storage.update(keyTable, { where: eq('id', first[0]?.id ?? ''), set: { private_key: stolen } })
    await expect(signIn(bench.node(pairs))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('are there for tokens of both kinds while an app goes from one to the other', async () => {
    const bench = await setUp()
    const derived = bench.node({ accessTokens: {} })
    const [old, fresh] = [await accessToken(derived), await accessToken(bench.sessions)]
    expect(takeApart(old).header['alg']).toBe('HS256')
    for (const node of [derived, bench.sessions]) {
      for (const token of [old, fresh]) expect(await verify(node, token)).toMatchObject(valid)
    }
    expect(await derived.keys.published()).toBeUndefined()
    await expect(derived.keys.rotate()).rejects.toMatchObject({ code: 'method_disabled' })
  })

  it('are made anew when it is time, once, and removed a week after they were over', async () => {
    const bench = await setUp('EdDSA', { rotateEverySeconds: 86_400 })
    const nodes = Array.from({ length: 10 }, () => bench.node({}))
    const tend = () => Promise.all(nodes.map((node) => node.keys.tend()))
    bench.advance(day - hour - 1)
    await tend()
    expect(await states(bench.sessions)).toEqual(['signing'])
    bench.advance(1)
    await tend()
    expect(await states(bench.sessions)).toEqual(['signing', 'upcoming'])
    bench.advance(hour)
    expect(await states(bench.sessions)).toEqual(['accepted', 'signing'])
    bench.advance(8 * day + 6 * minute)
    await tend()
    expect(await states(bench.sessions)).toEqual(['retired', 'signing', 'upcoming'])
    bench.advance(1)
    await tend()
    expect(await states(bench.sessions)).toEqual(['signing', 'upcoming'])
  })

  it.each([{ algorithm: 'RS256' }, { publishSeconds: 599 }, { publishSeconds: Number.NaN }, { rotateEverySeconds: 1 }])(
    'are not made with %j',
    async (accessTokens) => {
      // What a caller without types might pass.
      await expect(createBench({ accessTokens: accessTokens as object })).rejects.toMatchObject({
        code: 'configuration_invalid',
      })
    },
  )
})
