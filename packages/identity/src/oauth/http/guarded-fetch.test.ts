import { createServer, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createNetwork, json } from '../oauth.fixture.js'
import type { Fetch } from '../provider.js'
import { guardedFetch, isTrustworthyUrl } from './guarded-fetch.js'

const url = 'https://id.example/x'
const ask = async (answer: () => Response | Promise<Response>) =>
  await guardedFetch(createNetwork({ [url]: answer }).environment, { url })

/** A body that ends late, so that whoever reads all of it fails and no machine suffers; it counts how much was taken. */
const endless = () => {
  let pulled = 0
  let cancelled = false
  const body = new ReadableStream({
    pull(controller) {
      pulled += 1
      if (pulled > 100) controller.close()
      else controller.enqueue(new TextEncoder().encode(' '.repeat(64 * 1024)))
    },
    cancel() {
      cancelled = true
    },
  })
  return { body, pulled: () => pulled, cancelled: () => cancelled }
}

describe('guardedFetch', () => {
  it('takes JSON, of whatever kind of it', async () => {
    for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/scim+json']) {
      expect(await ask(() => json({ a: 1 }, { headers: { 'content-type': type } }))).toEqual({
        ok: true,
        status: 200,
        json: { a: 1 },
      })
    }
    expect(await ask(() => json({ error: 'invalid_grant' }, { status: 400 }))).toMatchObject({ ok: true, status: 400 })
  })

  it('refuses what is not JSON, or says it is not', async () => {
    const html = () => new Response('<html>', { headers: { 'content-type': 'text/html' } })
    const nameless = () => new Response(new TextEncoder().encode('{}'))
    const text = () => json({}, { headers: { 'content-type': 'text/plain; x=application/json' } })
    const longer = () => json({}, { headers: { 'content-type': 'application/jsonp' } })
    const broken = () => new Response('{"a":', { headers: { 'content-type': 'application/json' } })
    const bytes = () =>
      new Response(new Uint8Array([0x22, 0xff, 0x22]), { headers: { 'content-type': 'application/json' } })
    for (const answer of [html, nameless, text, longer, broken, bytes]) {
      expect(await ask(answer)).toMatchObject({ ok: false, reason: 'provider_answer_invalid' })
    }
  })

  it('stops reading an answer that is too large, whatever its header says', async () => {
    const { body, pulled, cancelled } = endless()
    const headers = { 'content-type': 'application/json', 'content-length': '2' }
    expect(await ask(() => new Response(body, { headers }))).toMatchObject({ reason: 'provider_answer_invalid' })
    expect(pulled()).toBeLessThan(8)
    expect(cancelled()).toBe(true)
    expect(await ask(() => json({}, { headers: { 'content-length': '999999' } }))).toMatchObject({ ok: false })
  })

  it('does not wait for one that is late, even if it does not heed the signal', async () => {
    const { environment } = createNetwork({ [url]: () => new Promise(() => undefined) })
    const late = new AbortController()
    const asked = guardedFetch({ ...environment, deadline: () => late.signal }, { url })
    late.abort()
    expect(await asked).toEqual({ ok: false, reason: 'provider_unavailable', detail: 'no answer in time' })
    const held = guardedFetch({ ...environment, deadline: () => AbortSignal.abort() }, { url })
    expect(await held).toMatchObject({ reason: 'provider_unavailable' })
  })

  it('does not wait for a body that is late either', async () => {
    const late = new AbortController()
    const body = new ReadableStream({ pull: () => new Promise(() => undefined) })
    const { environment } = createNetwork({
      [url]: () => new Response(body, { headers: { 'content-type': 'application/json' } }),
    })
    const asked = guardedFetch({ ...environment, deadline: () => late.signal }, { url })
    await new Promise((resolve) => setImmediate(resolve))
    late.abort()
    expect(await asked).toMatchObject({ reason: 'provider_unavailable' })
  })

  it('tells a provider that fails from one that answers wrongly', async () => {
    for (const status of [500, 502, 503, 429]) {
      expect(await ask(() => json({}, { status }))).toMatchObject({ reason: 'provider_unavailable' })
    }
    const { environment } = createNetwork()
    expect(await guardedFetch(environment, { url })).toMatchObject({ reason: 'provider_unavailable' })
  })

  it('asks nothing but https, and http of this machine', async () => {
    const network = createNetwork({ 'http://id.example/x': () => json({}) })
    expect(await guardedFetch(network.environment, { url: 'http://id.example/x' })).toMatchObject({ ok: false })
    expect(network.seen).toEqual([])
    for (const text of [
      'ftp://id.example',
      'http://id.example',
      'https://a:b@id.example',
      'id.example',
      'http://127.0.0.1.evil.example',
      'file:///etc/passwd',
    ]) {
      expect(isTrustworthyUrl(text), text).toBe(false)
    }
    for (const text of ['https://id.example', 'http://localhost:3000/x', 'http://127.0.0.1:1', 'http://[::1]:1/']) {
      expect(isTrustworthyUrl(text), text).toBe(true)
    }
  })
})

describe('guardedFetch, over the network', () => {
  const servers: ReturnType<typeof createServer>[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }
  const platform: Fetch = (address, init) => globalThis.fetch(address, init)
  const environment = { fetch: platform, clock: () => 0 }

  it('follows no redirect, and takes no secret along', async () => {
    const reached: string[] = []
    const target = await serve((request, response) => {
      reached.push(request.url ?? '')
      response.setHeader('content-type', 'application/json').end('{}')
    })
    for (const status of [301, 302, 303, 307, 308]) {
      const base = await serve((_, response) => response.writeHead(status, { location: `${target}/stolen` }).end('{}'))
      const body = new URLSearchParams({ client_secret: 's' })
      expect(await guardedFetch(environment, { url: base, body })).toMatchObject({ ok: false, detail: 'a redirect' })
    }
    expect(reached).toEqual([])
  })

  it('counts what an answer becomes, not what was sent', async () => {
    const { gzipSync } = await import('node:zlib')
    const bomb = gzipSync(`"${' '.repeat(10_000_000)}"`)
    const base = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb),
    )
    expect(await guardedFetch(environment, { url: base })).toMatchObject({ detail: 'an answer that is too large' })
  })
})
