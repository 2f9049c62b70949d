import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createBench, forge, minute, second, signIn, takeApart } from '../sessions.fixture.js'
import { createAccessTokenVerifier, type KeySetOptions } from './index.js'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

const url = 'https://app.test/.well-known/jwks.json'
const invalid = { valid: false, code: 'token_invalid' }

/** An app with key pairs, and a verifier that asks it. What is answered can be changed. */
async function setUp(more: Partial<KeySetOptions> = {}, algorithm: 'EdDSA' | 'ES256' = 'EdDSA') {
  const bench = await createBench({ accessTokens: { algorithm } })
  await bench.sessions.keys.prepare()
  const published = async (): Promise<Response> =>
    Response.json(await bench.sessions.keys.published(), { headers: { 'content-type': 'application/jwk-set+json' } })
  const asked: RequestInit[] = []
  const server = { answer: published }
  const verifier = createAccessTokenVerifier({
    issuer: 'https://app.test',
    audience: 'app',
    clock: () => bench.time.now,
    jwks: {
      url,
      fetch: async (_url, init) => {
        asked.push(init)
        return await server.answer()
      },
      ...more,
    },
  })
  const token = async () => (await signIn(bench.sessions)).accessToken
  return { ...bench, verifier, server, asked, published, token }
}

const entries = async (response: Response): Promise<Record<string, unknown>[]> =>
  ((await response.json()) as { keys: Record<string, unknown>[] }).keys

describe('createAccessTokenVerifier with jwks', () => {
  it.each(['EdDSA', 'ES256'] as const)('asks once for keys of %s, however many tokens come', async (algorithm) => {
    const bench = await setUp({}, algorithm)
    const token = await bench.token()
    const results = await Promise.all(Array.from({ length: 50 }, () => bench.verifier.verify(token)))
    expect(results.every(({ valid }) => valid)).toBe(true)
    expect(bench.asked).toHaveLength(1)
    expect(bench.asked[0]).toMatchObject({ redirect: 'manual' })
    bench.advance(5 * minute)
    await bench.verifier.verify(token)
    expect(bench.asked).toHaveLength(2)
  })

  it('asks again for an id that it does not know, once in 30 seconds', async () => {
    const bench = await setUp()
    await bench.verifier.verify(await bench.token())
    const { header, payload } = takeApart(await bench.token())
    const flood = () =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          bench.verifier.verify(forge({ ...header, kid: `kid-${index}` }, payload, new Uint8Array(32))),
        ),
      )
    expect(new Set((await flood()).map(({ valid }) => valid))).toEqual(new Set([false]))
    expect(bench.asked).toHaveLength(1)
    bench.advance(30 * second)
    await flood()
    expect(bench.asked).toHaveLength(2)
    bench.advance(30 * second)
    await bench.sessions.keys.rotate({ now: true })
    expect(await bench.verifier.verify(await bench.token())).toMatchObject({ valid: true })
    expect(bench.asked).toHaveLength(3)
  })

  it('goes on with the keys that it knows while the server is down, and says of others that it cannot know', async () => {
    const bench = await setUp()
    const token = await bench.token()
    await bench.verifier.verify(token)
    bench.server.answer = () => Promise.reject(new Error('down'))
    bench.advance(10 * minute)
    expect(await bench.verifier.verify(token)).toMatchObject({ valid: true })
    await bench.sessions.keys.rotate({ now: true })
    const fresh = await bench.token()
    await expect(bench.verifier.verify(fresh)).rejects.toMatchObject({ code: 'unavailable' })
    expect(bench.asked).toHaveLength(2)
    bench.server.answer = bench.published
    bench.advance(30 * second)
    expect(await bench.verifier.verify(fresh)).toMatchObject({ valid: true })
  })

  it('forgets a key that is no longer published', async () => {
    const bench = await setUp()
    const token = await bench.token()
    expect(await bench.verifier.verify(token)).toMatchObject({ valid: true })
    await bench.sessions.keys.retire(String(takeApart(token).header['kid']))
    bench.advance(5 * minute)
    expect(await bench.verifier.verify(token)).toEqual(invalid)
  })

  const json = (text: string, init: ResponseInit = {}) =>
    new Response(text, { headers: { 'content-type': 'application/json' }, ...init })
  it.each<[string, (good: string) => Response]>([
    [
      'a redirect',
      (good) => json(good, { status: 302, headers: { location: url, 'content-type': 'application/json' } }),
    ],
    ['an error', (good) => json(good, { status: 500 })],
    ['no JSON', () => json('{"keys":[')],
    ['a page', (good) => new Response(good, { headers: { 'content-type': 'text/html' } })],
    ['no type', (good) => new Response(new TextEncoder().encode(good))],
    ['no list', () => json('{"keys":{}}')],
    ['a list', () => json('[]')],
    ['nothing', () => json('null')],
    ['more than 64 kB', (good) => json(good.padEnd(70_000))],
    [
      'bytes that are no text',
      () => new Response(new Uint8Array([0xff]), { headers: { 'content-type': 'application/json' } }),
    ],
  ])('takes no keys from %s', async (_what, answer) => {
    const bench = await setUp()
    const token = await bench.token()
    const good = await (await bench.published()).text()
    bench.server.answer = async () => answer(good)
    await expect(bench.verifier.verify(token)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('follows no redirect and waits no longer than it was told, at a real server', async () => {
    const bench = await setUp()
    const token = await bench.token()
    const good = await (await bench.published()).text()
    const server = createServer((request, response) => {
      if (request.url === '/good') response.setHeader('content-type', 'application/json').end(good)
      else if (request.url === '/moved') response.writeHead(302, { location: '/good' }).end()
      // The head of an answer, and then nothing.
      else response.setHeader('content-type', 'application/json').write('{')
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const verify = (path: string) =>
      createAccessTokenVerifier({
        issuer: 'https://app.test',
        audience: 'app',
        clock: () => bench.time.now,
        jwks: { url: `http://127.0.0.1:${port}${path}`, timeoutMilliseconds: path === '/hangs' ? 50 : 5_000 },
      }).verify(token)
    expect(await verify('/good')).toMatchObject({ valid: true })
    await expect(verify('/moved')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(verify('/hangs')).rejects.toMatchObject({ code: 'unavailable' })
    server.closeAllConnections()
  })

  it('takes EdDSA and ES256 keys alone, whatever else is in the set', async () => {
    const bench = await setUp()
    const token = await bench.token()
    const { header, payload } = takeApart(token)
    const [own = {}] = await entries(await bench.published())
    const secret = new Uint8Array(32).fill(7)
    const octets = { kty: 'oct', k: Buffer.from(secret).toString('base64url'), kid: 'mac', alg: 'HS256' }
    const odd = [null, 7, 'key', [], {}, octets, { ...own, kid: 7 }, { ...own, kid: 'p', d: own['x'] }]
    const others = [
      { ...own, kid: 'enc', use: 'enc' },
      { ...own, kid: 'es', alg: 'ES256' },
      { ...own, kid: 'x', x: 7 },
    ]
    bench.server.answer = async () => Response.json({ keys: [...odd, ...others, own, { ...own, x: 'AAAA' }] })
    expect(await bench.verifier.verify(token)).toMatchObject({ valid: true })
    for (const kid of ['mac', 'p', 'enc', 'es', 'x', own['kid']]) {
      const forged = forge({ ...header, alg: 'HS256', kid }, payload, secret)
      expect(await bench.verifier.verify(forged)).toEqual(invalid)
    }
    // The public key as the secret of an HMAC.
    for (const key of [Buffer.from(String(own['x']), 'base64url'), Buffer.from(JSON.stringify(own))]) {
      expect(await bench.verifier.verify(forge({ ...header, alg: 'HS256' }, payload, key))).toEqual(invalid)
    }
  })

  it.each<[string, object]>([
    ['url must be https', { url: 'http://app.test/keys' }],
    ['url must be a URL', { url: 'keys' }],
    ['url must be https', { url: 'file:///etc/passwd' }],
    ['no user', { url: 'https://me:word@app.test/keys' }],
    ['cacheSeconds', { cacheSeconds: 0 }],
    ['cooldownSeconds', { cooldownSeconds: 0 }],
    ['timeoutMilliseconds', { timeoutMilliseconds: 0 }],
    ['fetch', { fetch: 7 }],
  ])('refuses options: %s', async (reason, options) => {
    await expect(setUp(options)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(reason),
    })
  })
})
