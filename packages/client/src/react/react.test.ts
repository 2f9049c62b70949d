// @vitest-environment happy-dom
import { createElement, type ReactNode, StrictMode } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type App, createServer, password, url } from '../app.fixture.js'
import { createClient, memoryStorage } from '../index.js'
import { AuthProvider, Can, cardeaReact, type InitialSession, usePermission, useSession, useUser } from './index.js'

const anna = { email: 'anna@example.test', password }

async function setUp() {
  const server = await createServer()
  const client = createClient<App>({ url, tokens: memoryStorage(), platform: server.openBrowser().platform })
  return { ...server, client }
}
type Client = Awaited<ReturnType<typeof setUp>>['client']

/** Shows all that hooks say, and remembers every way it was shown. */
function createPage(client: Client, initial?: InitialSession) {
  const shown: string[] = []
  function Page(): ReactNode {
    const { status } = useSession<Client>()
    const user = useUser<Client>()
    const mayRead = usePermission<Client>('content:read')
    const mayUpdate = usePermission<Client>('content:update', { id: '1' })
    const line = [status, user?.email ?? 'nobody', mayRead && 'read', mayUpdate && 'update'].filter(Boolean).join(' ')
    shown.push(line)
    return createElement(
      'p',
      null,
      line,
      createElement(Can<Client>, { permission: 'content:read', fallback: ' no drafts', children: ' drafts' }),
    )
  }
  const page = createElement(StrictMode, null, createElement(AuthProvider, { client, initial }, createElement(Page)))
  return { page, shown }
}

let root: Root | undefined
let container: HTMLElement

beforeEach(() => {
  container = document.createElement('div')
})
afterEach(() => {
  root?.unmount()
  root = undefined
})

/** Waits for what is on its way until the page says something. */
async function until(text: string): Promise<void> {
  await vi.waitFor(
    () => {
      expect(container.textContent).toBe(text)
    },
    { timeout: 20_000, interval: 1 },
  )
}

function show(page: ReactNode): void {
  root = createRoot(container)
  root.render(page)
}

describe('the hooks of React', () => {
  it('find out who is signed in, and what that user may', async () => {
    const { client, requests } = await setUp()
    const { page } = createPage(client)
    show(page)
    await until('signed-out nobody no drafts')
    requests.length = 0
    await client.auth.register(anna)
    await until('signed-in anna@example.test read drafts')
    // Once for all components and both runs of StrictMode.
    expect(requests).toEqual(['POST /api/v1/auth/register', 'GET /api/v1/auth/me/permissions'])
    await client.auth.signOut()
    await until('signed-out nobody no drafts')
  })

  it('ask once in StrictMode for what is known to no client', async () => {
    const { client, requests } = await setUp()
    await client.auth.register(anna)
    const other = createClient<App>({ url, tokens: memoryStorage(), platform: {} })
    expect(other.auth.state().status).toBe('unknown')
    requests.length = 0
    const { page, shown } = createPage(client)
    show(page)
    await until('signed-in anna@example.test read drafts')
    expect(shown[0]).toBe('signed-in anna@example.test')
    expect(requests).toEqual(['GET /api/v1/auth/me/permissions'])
  })

  it('ask a server once who is signed in, in both runs of StrictMode', async () => {
    const { client, requests } = await setUp()
    show(createPage(client).page)
    await until('signed-out nobody no drafts')
    expect(requests).toEqual(['GET /api/v1/auth/me'])
    // Who has not been found out is asked for by the next page.
    const { client: other, requests: asked, network } = await setUp()
    network.before = () => {
      throw new TypeError('fetch failed')
    }
    root?.unmount()
    show(createPage(other).page)
    await until('unknown nobody no drafts')
    await vi.waitFor(() => expect(asked.length).toBe(1))
    root?.unmount()
    network.before = () => undefined
    show(createPage(other).page)
    await until('signed-out nobody no drafts')
    expect(asked.length).toBe(2)
  })

  it('are quiet about what comes when the page has gone', async () => {
    const { client, network } = await setUp()
    await client.auth.register(anna)
    const complaints = vi.spyOn(console, 'error')
    let release: () => void = () => undefined
    const reached = new Promise<void>((resolve) => {
      network.before = () => {
        resolve()
        return new Promise<void>((done) => {
          release = done
        })
      }
    })
    show(createPage(client).page)
    await reached
    root?.unmount()
    release()
    network.before = () => undefined
    await client.auth.load()
    await client.auth.signOut()
    expect(complaints).not.toHaveBeenCalled()
    show(createPage(client).page)
    await until('signed-out nobody no drafts')
  })

  it('are bound to a client', async () => {
    const { client } = await setUp()
    await client.auth.register(anna)
    const { AuthProvider: Provider, ...hooks } = cardeaReact(client)
    const Page = (): ReactNode => {
      const { status } = hooks.useSession()
      const line = [status, hooks.useUser()?.email, hooks.usePermission('content:read') && 'read'].join(' ')
      return createElement(
        'p',
        null,
        line,
        createElement(hooks.Can, { permission: 'content:read', fallback: '' }, ' drafts'),
      )
    }
    show(createElement(Provider, null, createElement(Page)))
    await until('signed-in anna@example.test read drafts')
    expect(renderToString(createElement(Provider, { initial: { user: null } }, createElement(Page)))).toContain(
      'signed-out',
    )
  })

  it('see what changes for the user when the client asks anew', async () => {
    const { client, auth } = await setUp()
    const outcome = await client.auth.register(anna)
    if (outcome.status !== 'signed-in') throw new Error(outcome.status)
    show(createPage(client).page)
    await until('signed-in anna@example.test read drafts')
    await auth.permissions.assign(outcome.user.id, 'clerk')
    await client.auth.load()
    await until('signed-in anna@example.test read update drafts')
  })

  it('show nothing of one user to the next', async () => {
    const { client, auth } = await setUp()
    const outcome = await client.auth.register(anna)
    if (outcome.status !== 'signed-in') throw new Error(outcome.status)
    await auth.permissions.assign(outcome.user.id, 'clerk')
    await client.auth.load()
    const { page, shown } = createPage(client)
    show(page)
    await until('signed-in anna@example.test read update drafts')
    await client.auth.register({ ...anna, email: 'bob@example.test' })
    await until('signed-in bob@example.test read drafts')
    expect(shown.filter((line) => line.includes('bob') && line.includes('update'))).toEqual([])
  })

  it('render on a server what it knows of the request, and nothing that a shared client knows', async () => {
    const { client, requests } = await setUp()
    // Another request has used the same client before.
    await client.auth.register(anna)
    requests.length = 0
    expect(renderToString(createPage(client).page)).toBe('<p>unknown nobody<!-- --> no drafts</p>')
    const user = { id: '2', email: 'bob@example.test' }
    const permissions = { ...emptySnapshot, id: '2', allowed: ['content:read,update'] }
    expect(renderToString(createPage(client, { user, permissions }).page)).toBe(
      '<p>signed-in bob@example.test read update<!-- --> drafts</p>',
    )
    expect(renderToString(createPage(client, { user: null }).page)).toBe('<p>signed-out nobody<!-- --> no drafts</p>')
    expect(requests).toEqual([])
  })

  it('hydrate what a server has rendered, and go on from there without asking', async () => {
    const { client, requests } = await setUp()
    await client.auth.register(anna)
    const initial = { user: await client.auth.me(), permissions: await client.auth.permissions() }
    container.innerHTML = renderToString(createPage(client, initial).page)
    const fresh = createClient<App>({ url, tokens: memoryStorage(), platform: {} })
    requests.length = 0
    const { page, shown } = createPage(fresh, initial)
    const faults: unknown[] = []
    root = hydrateRoot(container, page, { onRecoverableError: (error) => faults.push(error) })
    await vi.waitFor(() => expect(fresh.auth.state()).toEqual({ status: 'signed-in', user: initial.user }))
    expect(faults).toEqual([])
    expect(new Set(shown)).toEqual(new Set(['signed-in anna@example.test read']))
    expect(requests).toEqual([])
  })

  it('keep what is allowed when a server renders the page anew', async () => {
    const { client } = await setUp()
    await client.auth.register(anna)
    const render = async () => ({ user: await client.auth.me(), permissions: await client.auth.permissions() })
    const initial = await render()
    const again = await render()
    // Nobody answers before the page is shown.
    const platform = { fetch: () => new Promise<never>(() => undefined) }
    const other = createClient<App>({ url, tokens: memoryStorage(), platform })
    const shown: string[] = []
    const Page = (): ReactNode => {
      const line = `${useUser<Client>()?.email} ${usePermission<Client>('content:read')}`
      shown.push(line)
      return line
    }
    const pageOf = (first: InitialSession) =>
      createElement(AuthProvider, { client: other, initial: first }, createElement(Page))
    show(pageOf(initial))
    await until('anna@example.test true')
    root?.render(pageOf(again))
    await vi.waitFor(() => expect(shown.length).toBeGreaterThan(1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(new Set(shown)).toEqual(new Set(['anna@example.test true']))
  })

  it('ask anew what the user may after a page that a server has rendered, too', async () => {
    const { client, auth } = await setUp()
    await client.auth.register(anna)
    const initial = { user: await client.auth.me(), permissions: await client.auth.permissions() }
    show(createPage(client, initial).page)
    await until('signed-in anna@example.test read drafts')
    await auth.permissions.assign(initial.user.id, 'clerk')
    await client.auth.load()
    await until('signed-in anna@example.test read update drafts')
  })

  it('hydrate over what the client knows better', async () => {
    const { client } = await setUp()
    await client.auth.register(anna)
    // The page was rendered for nobody, as by a cache.
    container.innerHTML = renderToString(createPage(client, { user: null }).page)
    const faults: unknown[] = []
    root = hydrateRoot(container, createPage(client, { user: null }).page, {
      onRecoverableError: (error) => faults.push(error),
    })
    await until('signed-in anna@example.test read drafts')
    expect(faults).toEqual([])
  })

  it('allow nothing while the server cannot be asked', async () => {
    const { client, network } = await setUp()
    await client.auth.register(anna)
    network.before = () => {
      throw new TypeError('fetch failed')
    }
    show(createPage(client).page)
    await until('signed-in anna@example.test no drafts')
    network.before = () => undefined
    await client.auth.load()
    await until('signed-in anna@example.test read drafts')
  })

  it('say what is missing around them', () => {
    expect(() => renderToString(createElement(() => useUser()?.toString()))).toThrow('There is no AuthProvider')
  })
})

const emptySnapshot = {
  version: 1,
  roles: [],
  validUntil: null,
  allowed: [],
  conditional: [],
  grants: [],
  values: {},
} as const
