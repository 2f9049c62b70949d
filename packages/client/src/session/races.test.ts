import { describe, expect, it, vi } from 'vitest'
import { type App, createLocks, createServer, password, url } from '../app.fixture.js'
import { type ClientOptions, createClient, memoryStorage, type Platform, type TokenStorage } from '../index.js'

const anna = { email: 'anna@example.test', password }
const bob = { email: 'bob@example.test', password }
const key = 'cardea:users'
/** Past the life of an access token. */
const later = '25h'

/** Somebody is about to be signed in, and any answer can be held back, replaced or lost on its way. */
async function setUp() {
  const server = await createServer()
  const browser = server.openBrowser({ locks: createLocks(), channels: true })
  /** What becomes of an answer, by method and path. Those that are not named come as they are. */
  const answers = new Map<string, (response: Response) => Response | Promise<Response>>()
  const fetch: Platform['fetch'] = async (address, init) => {
    const response = await browser.fetch(address, init)
    const change = answers.get(`${init.method} ${new URL(address).pathname.slice('/api/v1'.length)}`)
    return (await change?.(response)) ?? response
  }
  const open = (options: ClientOptions<'users'> = {}) =>
    createClient<App>({ url, ...options, platform: { ...browser.platform, fetch, ...options.platform } })
  /** Holds the next answer of a route back. */
  const hold = (route: string) => {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const reached = new Promise<void>((resolve) => {
      answers.set(route, async (response) => {
        answers.delete(route)
        resolve()
        await released
        return response
      })
    })
    return { reached, release }
  }
  await server.auth.users.create(anna)
  await server.auth.users.create(bob)
  return { ...server, browser, answers, open, hold }
}

const problem = (code: string, status: number): Response =>
  Response.json({ code, status }, { status, headers: { 'content-type': 'application/problem+json' } })

const modes = [
  ['cookies', () => ({})],
  ['tokens', () => ({ tokens: memoryStorage() })],
] as const

describe('somebody who signs in', () => {
  it.each(modes)('stays signed in when an earlier question comes back as nobody’s, with %s', async (_mode, options) => {
    const { open, hold } = await setUp()
    const { auth } = open(options())
    const { reached, release } = hold('GET /auth/me')
    const asked = auth.load()
    await reached
    await auth.signIn(anna)
    release()
    expect(await asked).toMatchObject({ status: 'signed-in', user: { email: anna.email } })
    expect((await auth.me()).email).toBe(anna.email)
  })

  it.each(modes)('is not signed out by the end of the session before, with %s', async (_mode, options) => {
    const { open, hold, auth: server } = await setUp()
    const { auth } = open(options())
    await auth.signIn(anna)
    const { id } = await auth.me()
    await server.sessions.revokeAll(id)
    const { reached, release } = hold('GET /auth/sessions')
    const asked = auth.sessions.list()
    await reached
    await auth.signIn(bob)
    release()
    await expect(asked).rejects.toMatchObject({ status: 401 })
    expect(auth.state()).toMatchObject({ status: 'signed-in', user: { email: bob.email } })
    expect((await auth.me()).email).toBe(bob.email)
  })

  it.each(modes)('is not taken for who asked before, with %s', async (_mode, options) => {
    const { open, hold } = await setUp()
    const { auth } = open(options())
    await auth.signIn(anna)
    const reading = hold('GET /auth/me')
    const read = auth.me()
    await reading.reached
    const writing = hold('PATCH /auth/me')
    const written = auth.updateMe({ name: 'Anna' })
    await writing.reached
    await auth.signIn(bob)
    reading.release()
    writing.release()
    expect((await read).email).toBe(anna.email)
    expect((await written).email).toBe(anna.email)
    expect(auth.state().user?.email).toBe(bob.email)
  })

  it('sends no request of who was there before', async () => {
    const { open, hold, clock, requests } = await setUp()
    const storage = memoryStorage()
    const client = open({ tokens: storage })
    const { auth } = client
    await auth.signIn(anna)
    clock.advance(later)
    // To the server the token is over, and to the client not yet.
    storage.setItem(
      key,
      JSON.stringify({ ...JSON.parse(String(storage.getItem(key))), until: Number.MAX_SAFE_INTEGER }),
    )
    const { reached, release } = hold('GET /auth/sessions')
    const asked = client.request('GET', `${url}/auth/sessions`)
    await reached
    await auth.signIn(bob)
    requests.length = 0
    release()
    await expect(asked).rejects.toMatchObject({ code: 'token_expired' })
    expect(requests).toEqual([])
    expect(auth.state().user?.email).toBe(bob.email)
  })

  it('is who another tab shows, whatever it has asked before', async () => {
    const { open, hold } = await setUp()
    const [one, other] = [open(), open()]
    await one.auth.signIn(anna)
    await one.auth.load()
    const { reached, release } = hold('GET /auth/me')
    const asked = one.auth.me()
    await reached
    await other.auth.signIn(bob)
    release()
    expect((await asked).email).toBe(anna.email)
    await vi.waitFor(() => expect(one.auth.state().user?.email).toBe(bob.email))
    // And stays so.
    expect((await one.auth.load()).user?.email).toBe(bob.email)
  })
})

describe('a session', () => {
  it.each(modes)('survives a link that is not valid any more, with %s', async (_mode, options) => {
    const { open } = await setUp()
    const { auth } = open(options())
    await auth.signIn(anna)
    await expect(auth.confirmEmailChange({ token: 'x'.repeat(43) })).rejects.toMatchObject({ code: 'token_invalid' })
    await expect(auth.confirmVerification({ token: 'x'.repeat(43) })).rejects.toMatchObject({ code: 'token_invalid' })
    expect(auth.state().status).toBe('signed-in')
    expect((await auth.me()).email).toBe(anna.email)
  })

  it('shows a change that a refresh comes before', async () => {
    const { open, clock } = await setUp()
    const { auth } = open({ tokens: memoryStorage() })
    await auth.signIn(anna)
    clock.advance(later)
    await auth.updateMe({ name: 'Anna' })
    expect(auth.state().user?.name).toBe('Anna')
  })

  it('shows the newer of two answers', async () => {
    const { open, hold } = await setUp()
    const { auth } = open()
    await auth.signIn(anna)
    const { reached, release } = hold('GET /auth/me')
    const older = auth.load()
    await reached
    await auth.updateMe({ name: 'Anna' })
    release()
    await older
    expect(auth.state().user?.name).toBe('Anna')
  })

  it.each([
    ['the server is overloaded', () => problem('unavailable', 503), { code: 'unavailable', status: 503 }],
    ['a proxy answers', () => new Response('<h1>', { status: 401 }), { code: 'unexpected_answer', status: 401 }],
    ['too many ask', () => problem('rate_limited', 429), { code: 'rate_limited', status: 429 }],
  ])('is kept when %s during a refresh', async (_why, answer, error) => {
    const { open, clock, answers } = await setUp()
    const storage = memoryStorage()
    const { auth } = open({ tokens: storage })
    await auth.signIn(anna)
    clock.advance(later)
    answers.set('POST /auth/refresh', answer)
    await expect(auth.me()).rejects.toMatchObject(error)
    expect(storage.getItem(key)).not.toBeNull()
    expect(auth.state().status).toBe('signed-in')
    // What the server has answered is lost, and asked for once more in time.
    answers.clear()
    expect((await auth.me()).email).toBe(anna.email)
  })

  it('goes on in another tab when one is closed during a refresh', async () => {
    const { open, clock, browser, hold } = await setUp()
    const storage = memoryStorage()
    // Locks of a tab that is closed are let go by the browser.
    const closed = open({ tokens: { ...storage }, platform: { locks: createLocks(), openChannel: undefined } })
    const other = open({ tokens: { ...storage }, platform: { locks: browser.platform.locks } })
    await closed.auth.signIn(anna)
    clock.advance(later)
    const { reached } = hold('POST /auth/refresh')
    closed.auth.me().catch(() => undefined)
    await reached
    expect((await other.auth.me()).email).toBe(anna.email)
  })

  it('outlives clocks that jump', async () => {
    const { open, clock } = await setUp()
    let skew = 0
    const { auth } = open({ tokens: memoryStorage(), platform: { now: () => clock.now() + skew } })
    await auth.signIn(anna)
    const year = 365 * 86_400_000
    for (skew of [year, -year, 0]) {
      expect((await auth.me()).email).toBe(anna.email)
      clock.advance(later)
      expect((await auth.me()).email).toBe(anna.email)
    }
  })

  it('is followed by a tab that sees what another one has stored only after its message', async () => {
    const { open } = await setUp()
    const storage = memoryStorage()
    /** As in browsers, where `localStorage` of another process is a little behind. */
    const openLate = (): TokenStorage => {
      const seen = new Map<string, string | null>()
      const getItem = (name: string): string | null => {
        const now = storage.getItem(name) as string | null
        setTimeout(() => seen.set(name, now), 60)
        return seen.get(name) ?? null
      }
      return { ...storage, getItem }
    }
    const writer = open({ tokens: storage })
    const late = openLate()
    const reader = open({ tokens: late })
    const email = () => reader.auth.state().user?.email
    await writer.auth.signIn(anna)
    await vi.waitFor(() => expect(email()).toBe(anna.email))
    // Somebody else, while this tab still finds the tokens of the one before.
    await writer.auth.signIn(bob)
    await vi.waitFor(() => expect(email()).toBe(bob.email))
    await reader.auth.me()
    await writer.auth.signOut()
    expect(await late.getItem(key)).not.toBeNull()
    await vi.waitFor(() => expect(reader.auth.state().status).toBe('signed-out'))
  })

  it('of its own storage stays when another tab with another one signs out', async () => {
    const { open } = await setUp()
    const [one, other] = [open({ tokens: memoryStorage() }), open({ tokens: memoryStorage() })]
    await one.auth.signIn(anna)
    await other.auth.signIn(bob)
    const seen: string[] = []
    other.auth.subscribe(() => seen.push(other.auth.state().status))
    await one.auth.signOut()
    // Each message is on its way for a while.
    await other.auth.sessions.list()
    expect(seen).not.toContain('signed-out')
    expect(one.auth.state().status).toBe('signed-out')
    expect(other.auth.state()).toMatchObject({ status: 'signed-in', user: { email: bob.email } })
  })

  it('says that the storage cannot be used, and goes on when it can', async () => {
    const { open, clock } = await setUp()
    const storage = memoryStorage()
    let broken: keyof TokenStorage | undefined
    const guarded = <Name extends keyof TokenStorage>(name: Name): TokenStorage[Name] =>
      ((...input: [string, string]) => {
        if (broken === name) throw new Error('QuotaExceededError')
        return storage[name](...input)
      }) as TokenStorage[Name]
    const { auth } = open({
      tokens: { getItem: guarded('getItem'), setItem: guarded('setItem'), removeItem: guarded('removeItem') },
    })
    broken = 'setItem'
    await expect(auth.signIn(anna)).rejects.toMatchObject({ code: 'storage_failed', status: 0 })
    expect(auth.state().status).toBe('unknown')
    broken = undefined
    await auth.signIn(anna)
    broken = 'getItem'
    await expect(auth.me()).rejects.toMatchObject({ code: 'storage_failed' })
    expect(auth.state().status).toBe('signed-in')
    broken = 'setItem'
    clock.advance(later)
    await expect(auth.me()).rejects.toMatchObject({ code: 'storage_failed' })
    broken = undefined
    expect((await auth.me()).email).toBe(anna.email)
    broken = 'removeItem'
    await expect(auth.signOut()).rejects.toMatchObject({ code: 'storage_failed' })
  })
})
