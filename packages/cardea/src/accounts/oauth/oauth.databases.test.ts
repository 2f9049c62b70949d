import { eq, matches } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { credentials, identities, principals, sessions, verifications } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.fixture.js'
import { createTestCardea } from '../../testing.fixture.js'
import { anna, createOAuthCardea, createTestProvider } from './oauth.fixture.js'

const repeats = rounds({ test: 2, ci: 5, long: 50 })
const racers = 50

describe.each(databases)('oauth on $name', ({ name, open }) => {
  const isServer = !name.startsWith('SQLite')
  let database: TestDatabase
  let nodes: Awaited<ReturnType<typeof createOAuthCardea>>[]
  const company = createTestProvider('company', { lenient: true })
  const other = createTestProvider('other', { lenient: true })

  beforeAll(async () => {
    database = await open()
    await createTestCardea({ storage: database.nodes[0] }).auth.migrate()
    const providers = [company, other]
    nodes = await Promise.all(database.nodes.map((storage) => createOAuthCardea({ storage, providers })))
  })

  afterAll(async () => {
    await Promise.all(nodes.map(({ auth }) => auth.close()))
    await database?.close()
  })

  /** One of two nodes, in turn. */
  const node = (index: number) => {
    const found = nodes[index % nodes.length]
    if (found === undefined) throw new Error('no node')
    return found
  }
  const settle = async () => await Promise.all(nodes.map((one) => one.settle()))
  const storage = () => database.nodes[0]
  const race = async <Result>(
    work: (index: number) => Promise<Result>,
  ): Promise<readonly PromiseSettledResult<Result>[]> => {
    const results = await Promise.allSettled(Array.from({ length: racers }, (_, index) => work(index)))
    await settle()
    return results
  }
  const kinds = <Result extends { readonly status: string }>(results: readonly PromiseSettledResult<Result>[]) => {
    const counts: Record<string, number> = {}
    for (const result of results) {
      const kind = result.status === 'fulfilled' ? result.value.status : String(result.reason.code)
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    return counts
  }
  /**
   * One came in, and the others were refused. What is promised to each of them is an answer in two seconds: with half of
   * them behind one connection, a database server may have none for some.
   */
  const expectOnce = ({ unavailable = 0, ...counts }: Record<string, number>, refusal: string) => {
    expect(counts).toEqual({ signed_in: 1, [refusal]: racers - 1 - unavailable })
    expect(isServer || unavailable === 0).toBe(true)
  }
  let people = 0
  const somebody = () => {
    people += 1
    return { ...anna, subject: `person-${people}`, email: `person${people}@example.com` }
  }
  const linksOf = async (subject: string) =>
    await storage().find(identities, { where: matches({ provider: 'company', subject }), limit: 10 })

  it.each(Array.from({ length: repeats }, (_, round) => round))('take a state once, round %i', async () => {
    const person = somebody()
    const coming = await node(0).come(person)
    const asked = company.exchanges()
    const results = await race((index) => node(index).users.oauth.callback(coming))
    expectOnce(kinds(results), 'invalid_request')
    // The others never got as far as the provider.
    expect(company.exchanges() - asked).toBe(1)
    const [link] = await linksOf(person.subject)
    expect(await storage().count(sessions, eq('principal_id', link?.principal_id ?? ''))).toBe(1)
  })

  it('make one account for somebody who comes many times at once', async () => {
    const person = somebody()
    const coming: Awaited<ReturnType<(typeof nodes)[number]['come']>>[] = []
    for (let index = 0; index < racers; index += 1) coming.push(await node(index).come(person))
    const before = await storage().count(principals)
    const results = await race(async (index) => {
      const mine = coming[index]
      if (mine === undefined) throw new Error('not begun')
      return await node(index).users.oauth.callback(mine)
    })
    const { signed_in: signedIn = 0, unavailable = 0, ...others } = kinds(results)
    // As above, some may have to come back to a database server.
    expect([others, signedIn + unavailable]).toEqual([{}, racers])
    expect(signedIn).toBeGreaterThanOrEqual(isServer ? 1 : racers)
    // Nothing half done is in the way of those who come back.
    for (let index = 0; index < unavailable; index += 1) {
      expect((await node(index).signIn(person)).status).toBe('signed_in')
    }
    const links = await linksOf(person.subject)
    expect(links).toHaveLength(1)
    const principalId = links[0]?.principal_id ?? ''
    expect(await storage().count(principals)).toBe(before + 1)
    const started = await storage().count(sessions, eq('principal_id', principalId))
    // A session may be there whose answer came too late.
    expect(started).toBeGreaterThanOrEqual(racers)
    expect(started).toBeLessThanOrEqual(racers + unavailable)
  })

  it('take a code of the exchange once', async () => {
    const verifier = 'a-verifier-that-the-app-keeps-to-itself-0123456789'
    const outcome = await node(0).signIn(somebody(), { mode: 'token', codeChallenge: sha256(verifier) })
    const code = new URL(outcome.redirectTo).searchParams.get('code') ?? ''
    const results = await race(async (index) => {
      await node(index).users.oauth.exchange(code, verifier)
      return { status: 'signed_in' }
    })
    expectOnce(kinds(results), 'token_invalid')
  })

  it('never leave somebody without a way in, however many connections go at once', async () => {
    const person = somebody()
    const first = await node(0).signIn(person)
    if (first.status !== 'signed_in') throw new Error(first.status)
    const { user, cookieToken = '' } = first.signIn
    const verified = await node(0).auth.sessions.verify({ cookieToken })
    if (!verified.authenticated || verified.authentication.session === undefined) throw new Error('not signed in')
    const { authentication } = verified
    for (const provider of ['company', 'other']) {
      await node(0).signIn(
        { ...person, subject: `${person.subject}-${provider}` },
        { provider, intent: 'link' },
        authentication,
      )
    }
    const links = await node(0).users.oauth.connections(user.id)
    expect(links).toHaveLength(3)
    await race(async (index) => {
      await node(index).users.oauth.disconnect(authentication, links[index % 3]?.id ?? '')
      return { status: 'gone' }
    })
    expect(await node(1).users.oauth.connections(user.id)).toHaveLength(1)
  })

  it('give an account to its owner once, and nothing of the stranger stays', async () => {
    const person = somebody()
    const password = 'the password of a stranger'
    await node(0).users.register({ email: person.email, password })
    const coming = await Promise.all(Array.from({ length: 10 }, (_, index) => node(index).come(person)))
    const back = [
      ...coming.map(async (one, index) => (await node(index).users.oauth.callback(one)).status),
      // The stranger signs in meanwhile, again and again.
      ...coming.map(async (_, index) => {
        await node(index)
          .users.login({ email: person.email, password })
          .catch(() => undefined)
        return 'stranger'
      }),
    ]
    const ended = await Promise.all(back)
    await settle()
    expect(ended.filter((status) => status === 'signed_in')).toHaveLength(10)
    const [link] = await linksOf(person.subject)
    const principalId = link?.principal_id ?? ''
    expect(await storage().count(credentials, eq('principal_id', principalId))).toBe(0)
    const alive = await node(0).auth.sessions.list(principalId)
    expect(alive.map(({ amr }) => amr)).toEqual(Array.from({ length: 10 }, () => ['fed']))
  })

  it('keep no secret of a sign-in where the database could tell it', async () => {
    const begun = await node(0).users.oauth.begin({ provider: 'company' })
    const outcome = await node(0).signIn(somebody())
    await settle()
    const rows = JSON.stringify([
      await storage().find(verifications, { limit: 'all' }),
      await storage().find(identities, { limit: 'all' }),
      await storage().find(principals, { limit: 'all' }),
    ])
    const secrets = [begun.state.slice(37), begun.browserToken, new URL(begun.url).searchParams.get('nonce') ?? 'none']
    expect(outcome.status).toBe('signed_in')
    for (const secret of secrets) {
      const bytes = Buffer.from(secret, 'base64url')
      for (const text of [secret, bytes.toString('hex'), bytes.toString('base64')]) expect(rows).not.toContain(text)
    }
    expect(rows).not.toMatch(/access-of-|refresh-of-/)
  })
})
