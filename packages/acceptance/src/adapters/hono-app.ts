import type { RequestListener } from 'node:http'
import { cardeaHono } from '@cardea/hono'
import { getRequestListener } from '@hono/node-server'
import { CardeaError, isCardeaError } from 'cardea'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { stream } from 'hono/streaming'
import type { AppOptions, Framework, Parser } from './framework.js'
import { findPost } from './posts.js'

/** What reads the body of a request before others do, and keeps it as Hono does. */
const parser =
  (kind: Parser): MiddlewareHandler =>
  async (c, next) => {
    try {
      if (kind === 'json') await c.req.json()
      else if (kind === 'urlencoded') await c.req.parseBody()
      else if (kind === 'raw') await c.req.arrayBuffer()
      else await c.req.text()
    } catch {
      // What cannot be parsed is somebody else's trouble.
    }
    await next()
  }

const listenerOf = (app: Hono, unreadable: (error: unknown) => Response): RequestListener => {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: unreadable })
  return (incoming, outgoing) => void listener(incoming, outgoing)
}

export const hono: Framework = {
  name: 'Hono',
  listener: (auth, options) => {
    const cardea = cardeaHono(auth, options.adapter)
    const { findAuth, getAuth, getResource, guardResource, mount, optionalAuth, requireAuth, requirePermission } =
      cardea
    const app = new Hono()
    app.use(async (c, next) => {
      c.header('Set-Cookie', 'theme=dark; Path=/', { append: true })
      c.header('Vary', 'Accept-Encoding', { append: true })
      await next()
    })
    if (options.parser?.at === 'before') app.use(parser(options.parser.kind))
    app.use(mount)
    if (options.parser?.at === 'behind') app.use(parser(options.parser.kind))
    app.get('/public', (c) => c.text('public'))
    app.get('/me', requireAuth(), (c) => c.json({ userId: getAuth(c).userId }))
    app.get('/maybe', optionalAuth(), (c) => c.text(findAuth(c)?.userId ?? 'nobody'))
    const resource = async (c: Context) =>
      await findPost(c.req.param('id') ?? '', c.req.header('x-author') ?? '', options.pause)
    app.patch('/posts/:id', requirePermission('content:update', { resource }), (c) => c.text(getResource(c).title))
    app.all('/content', guardResource('content'), (c) => c.text('done'))
    app.post('/echo', requireAuth(), async (c) => c.text(await c.req.text()))
    app.get('/stream', requireAuth(), (c) =>
      stream(c, async (out) => {
        await out.write('one')
        await options.pause?.()
        await out.write('two')
      }),
    )
    app.get('/stream/broken', requireAuth(), (c) => c.body(brokenStream(options.pause)))
    app.get('/throws/sync', () => {
      throw new Error('hunter2')
    })
    app.get('/throws/async', async () => await Promise.reject(new Error('hunter2')))
    app.get('/throws/conflict', () => {
      throw new CardeaError('conflict', 'Taken.')
    })
    app.get('/unguarded', (c) => c.text(getAuth(c).userId))
    app.notFound(cardea.notFound)
    if (options.errors === 'app') {
      app.onError((error) => new Response(isCardeaError(error) ? error.code : String(error), { status: 599 }))
    } else if (options.errors === undefined || options.errors === 'cardea') app.onError(cardea.onError)
    return listenerOf(outermost(app, options), cardea.unreadable)
  },
  withTwo: (first, second) => {
    const [one, two] = [cardeaHono(first), cardeaHono(second)]
    const app = new Hono()
    app.use(one.mount, two.mount)
    app.get('/first', one.requireAuth(), (c) => c.text(one.getAuth(c).userId))
    app.get('/second', one.requireAuth(), (c) => c.text(two.getAuth(c).userId))
    app.onError(two.onError)
    return listenerOf(app, one.unreadable)
  },
}

const outermost = (app: Hono, { below }: AppOptions): Hono => (below === undefined ? app : new Hono().route(below, app))

function brokenStream(pause: AppOptions['pause']): ReadableStream<Uint8Array> {
  let sent = false
  return new ReadableStream({
    async pull(controller) {
      if (sent) {
        await pause?.()
        throw new Error('hunter2')
      }
      controller.enqueue(new TextEncoder().encode('one'))
      sent = true
    },
  })
}
