import { join } from 'node:path'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { type Client, clientOf } from './client.js'
import { proofKinds } from './databases.js'
import { startDemo, temporaryFolder } from './demo-server.js'

const repeats = rounds({ test: 4, ci: 5, long: 20 })
const script = join(import.meta.dirname, 'servers/signing-server.ts')
const path = '/api/v1/auth'

interface PublishedSet {
  readonly keys: readonly { readonly kid: string }[]
}

const kidsOf = async (node: Client): Promise<readonly string[]> => {
  const { body } = await node.get('/.well-known/jwks.json')
  // The contract of the route.
  return (body as unknown as PublishedSet).keys.map(({ kid }) => kid)
}

describe.each(proofKinds)('two nodes that sign with key pairs, on one $name database', ({ create }) => {
  it('make the first key once between them, and refuse no token while keys rotate amid a flood', {
    timeout: 120_000,
  }, async () => {
    const database = await create()
    const servers = await Promise.all(
      [1, 2].map(() => startDemo({ DATABASE_URL: database.url }, temporaryFolder(), script)),
    )
    try {
      const [first, second] = servers.map(({ url }) => clientOf(url)) as [Client, Client]
      // The very first requests, on both at once.
      const sets = await Promise.all([first, second, first, second].map(kidsOf))
      expect(new Set(sets.map((kids) => kids.join())).size).toBe(1)
      expect(sets[0]).toHaveLength(1)
      expect(await database.query('select id from cardea_keys')).toHaveLength(1)

      const own = { email: 'jane@example.com', password: 'correct horse battery' }
      expect((await first.post(`${path}/register`, own)).status).toBe(201)
      const tokens: unknown[] = []
      for (let round = 0; round < repeats; round += 1) {
        const [signer, other] = round % 2 === 0 ? [first, second] : [second, first]
        await signer.post('/rotate', {})
        tokens.push((await signer.post(`${path}/login`, own)).body['access_token'])
        const fresh = String(tokens.at(-1))
        const [, payload, signature] = fresh.split('.')
        const invented = Array.from({ length: 20 }, (_, index) => {
          const kid = `${round}-${index}-`.padEnd(32, 'x')
          return `${Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid })).toString('base64url')}.${payload}.${signature}`
        })
        const answers = await Promise.all([
          ...tokens.map((bearer) => other.get(`${path}/me`, { bearer })),
          ...tokens.map((bearer) => signer.get(`${path}/me`, { bearer })),
        ])
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        const flood = await Promise.all(
          invented.map((bearer, index) => (index % 2 === 0 ? first : second).get(`${path}/me`, { bearer })),
        )
        expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([401]))
      }
      expect(await database.query('select id from cardea_keys')).toHaveLength(repeats + 1)
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
      await database.drop()
    }
  })
})
