import { describe, expect, it, vi } from 'vitest'
import { type App, createLocks, createServer, password, url } from '../app.fixture.js'
import { createClient, memoryStorage, type TokenStorage } from '../index.js'

const anna = { email: 'anna@example.test', password }
const refreshPath = '/api/v1/auth/refresh'
const key = 'cardea:users'

/** Tabs of one browser, in which somebody is signed in. */
async function openTabs(count: number, { locked = true, sharesStorage = true } = {}) {
  const server = await createServer()
  const locks = createLocks()
  const browser = server.openBrowser({ ...(locked ? { locks } : {}), channels: true })
  const storage = memoryStorage()
  /** As each tab sees it; of pages that share it, no object is the same in two of them. */
  const storageOfTab = (): TokenStorage =>
    sharesStorage
      ? storage
      : {
          getItem: async (name) => storage.getItem(name),
          setItem: async (name, value) => storage.setItem(name, value),
          removeItem: async (name) => storage.removeItem(name),
        }
  const tabs = Array.from({ length: count }, () =>
    createClient<App>({ url, tokens: storageOfTab(), platform: browser.platform }),
  )
  const [first] = tabs
  if (first === undefined) throw new Error('no tab')
  await first.auth.register(anna)
  const refreshes = (): number => server.requests.filter((request) => request === `POST ${refreshPath}`).length
  return { ...server, browser, locks, storage, tabs, first, refreshes }
}

/** Past the life of an access token. */
const later = '25h'

describe('the session of a client', () => {
  it.each([
    ['with Web Locks', { locked: true, sharesStorage: false }],
    ['without them, in one page', { locked: false, sharesStorage: true }],
  ])('is refreshed once for 50 tabs at once, %s', async (_how, options) => {
    const { tabs, clock, refreshes } = await openTabs(50, options)
    clock.advance(later)
    const users = await Promise.all(tabs.map(({ auth }) => auth.me()))
    expect(new Set(users.map(({ email }) => email))).toEqual(new Set([anna.email]))
    expect(refreshes()).toBe(1)
  })

  it('is refreshed once for 50 requests of one tab', async () => {
    const { first, clock, refreshes } = await openTabs(1, { locked: false })
    clock.advance(later)
    await Promise.all(Array.from({ length: 50 }, () => first.call('GET /auth/me')))
    expect(refreshes()).toBe(1)
  })

  it('lives on in all tabs that know nothing of each other and refresh at the same time', async () => {
    const { tabs, clock, refreshes } = await openTabs(8, { locked: false, sharesStorage: false })
    clock.advance(later)
    await Promise.all(tabs.map(({ auth }) => auth.me()))
    expect(refreshes()).toBeGreaterThan(1)
    clock.advance(later)
    await Promise.all(tabs.map(({ auth }) => auth.me()))
    expect(tabs.every(({ auth }) => auth.state().status === 'signed-in')).toBe(true)
  })

  it('takes what another tab has got from the storage', async () => {
    const { first, browser, clock, requests, storage } = await openTabs(1)
    const stale = storage.getItem(key)
    clock.advance(later)
    await first.auth.me()
    // This tab reads the old tokens just before the other one writes the new ones.
    let reads = 0
    const behind: TokenStorage = {
      ...storage,
      getItem: (name) => {
        reads += 1
        return reads === 1 ? stale : storage.getItem(name)
      },
    }
    const late = createClient<App>({ url, tokens: behind, platform: browser.platform })
    requests.length = 0
    await late.auth.me()
    expect(requests).toEqual(['GET /api/v1/auth/me'])
  })

  it('refreshes for a token that the server takes for expired before the client does', async () => {
    const { first, storage, clock, refreshes } = await openTabs(1)
    const kept = JSON.parse(String(storage.getItem(key)))
    // The clock of the device is behind.
    storage.setItem(key, JSON.stringify({ ...kept, until: Number.MAX_SAFE_INTEGER }))
    clock.advance(later)
    expect((await first.auth.me()).email).toBe(anna.email)
    expect(refreshes()).toBe(1)
  })

  it('ends in all tabs when it is over', async () => {
    const { tabs, first, auth, clock, storage } = await openTabs(3)
    await Promise.all(tabs.map((tab) => tab.auth.load()))
    const { id } = await first.auth.me()
    await auth.sessions.revokeAll(id)
    clock.advance(later)
    await expect(first.auth.me()).rejects.toMatchObject({ status: 401 })
    await vi.waitFor(() =>
      expect(tabs.map((tab) => tab.auth.state().status)).toEqual(['signed-out', 'signed-out', 'signed-out']),
    )
    expect(storage.getItem(key)).toBeNull()
  })

  it('begins and ends in all tabs with the one that signs in or out', async () => {
    const { tabs, first } = await openTabs(3)
    await Promise.all(tabs.map((tab) => tab.auth.load()))
    await first.auth.signOut()
    await vi.waitFor(() =>
      expect(tabs.map((tab) => tab.auth.state().status)).toEqual(['signed-out', 'signed-out', 'signed-out']),
    )
    const told = Promise.all(
      tabs.slice(1).map((tab) => new Promise<void>((resolve) => tab.auth.subscribe(() => resolve()))),
    )
    await first.auth.signIn(anna)
    await told
    expect(tabs.map((tab) => tab.auth.state().user?.email)).toEqual([anna.email, anna.email, anna.email])
  })

  it('keeps its tokens while the server cannot be reached', async () => {
    const { first, network, clock, storage } = await openTabs(1)
    const kept = storage.getItem(key)
    clock.advance(later)
    network.before = () => {
      throw new TypeError('fetch failed')
    }
    await expect(first.auth.me()).rejects.toMatchObject({ code: 'network_error', status: 0 })
    expect(storage.getItem(key)).toBe(kept)
    expect(first.auth.state().status).toBe('signed-in')
    network.before = () => undefined
    expect((await first.auth.me()).email).toBe(anna.email)
  })

  it('does not come back when somebody signs out during a refresh', async () => {
    const { tabs, network, clock, storage } = await openTabs(2)
    const [one, two] = tabs
    clock.advance(later)
    let signedOut: Promise<unknown> | undefined
    network.before = (path) => {
      if (path === refreshPath) signedOut ??= two?.auth.signOut()
    }
    await one?.auth.me().catch(() => undefined)
    await signedOut
    expect(storage.getItem(key)).toBeNull()
    await expect(one?.auth.me()).rejects.toMatchObject({ status: 401 })
  })

  it('calls no listener while it holds the lock', async () => {
    const { first, locks, clock } = await openTabs(1)
    const seen: number[] = []
    let inside: Promise<unknown> | undefined
    first.auth.subscribe(() => {
      seen.push(locks.held.size)
      // A listener may ask for what needs the lock itself.
      inside ??= first.auth.refresh()
    })
    clock.advance(later)
    await first.auth.me()
    await inside
    await first.auth.signOut()
    await first.auth.signIn(anna)
    expect(seen.length).toBeGreaterThan(2)
    expect(new Set(seen)).toEqual(new Set([0]))
  })

  it('lets go of the lock when no answer comes', async () => {
    const { first, browser, network, clock, storage, locks } = await openTabs(1)
    let ring: () => void = () => undefined
    const hanging = createClient<App>({
      url,
      tokens: storage,
      platform: {
        ...browser.platform,
        after: (_milliseconds, call) => {
          ring = call
          return () => undefined
        },
      },
    })
    clock.advance(later)
    const reached = new Promise<void>((resolve) => {
      network.before = () => {
        resolve()
        return new Promise(() => undefined)
      }
    })
    const asked = hanging.auth.me()
    await reached
    expect(locks.held.size).toBe(1)
    network.before = () => undefined
    ring()
    await expect(asked).rejects.toMatchObject({ code: 'timeout' })
    expect(locks.held.size).toBe(0)
    expect((await first.auth.me()).email).toBe(anna.email)
  })

  it.each(['', 'nonsense', '{}', 'null', '[]', '{"access":1,"refresh":"x"}'])(
    'takes %j in the storage for no session',
    async (text) => {
      const { first, storage } = await openTabs(1)
      storage.setItem(key, text)
      await expect(first.auth.me()).rejects.toMatchObject({ code: 'unauthenticated' })
      expect((await first.auth.load()).status).toBe('signed-out')
    },
  )
})
