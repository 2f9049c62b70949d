import { cardeaExpress } from '@cardea/express'
import { CardeaError, isCardeaError } from 'cardea'
import type express from 'express'
import type { ErrorRequestHandler, Express, NextFunction, Request } from 'express'
import type { AppOptions, Auth, Framework, Parser } from './framework.js'
import { findPost } from './posts.js'

/** What handlers do on Express 4, which waits for no promise. */
function handOn(next: NextFunction, work: () => Promise<void>): void {
  const run = async () => {
    try {
      await work()
    } catch (error) {
      next(error)
    }
  }
  void run()
}

/** The apps of the suite on a version of Express. */
export function onExpress(name: string, create: typeof express): Framework {
  const parsers: Readonly<Record<Parser, () => express.RequestHandler>> = {
    json: () => create.json({ limit: 100_000 }),
    urlencoded: () => create.urlencoded({ extended: true }),
    raw: () => create.raw({ type: () => true }),
    text: () => create.text({ type: () => true }),
  }

  const appOf = (auth: Auth, options: AppOptions): Express => {
    const cardea = cardeaExpress(auth, options.adapter)
    const { findAuth, getAuth, getResource, guardResource, mount, optionalAuth, requireAuth, requirePermission } =
      cardea
    const app = create()
    app.set('trust proxy', options.frameworkTrustsProxies === true)
    app.use((_request, response, next) => {
      response.cookie('theme', 'dark').vary('Accept-Encoding')
      next()
    })
    if (options.parser?.at === 'before') app.use(parsers[options.parser.kind]())
    app.use(mount)
    if (options.parser?.at === 'behind') app.use(parsers[options.parser.kind]())
    app.get('/public', (_request, response) => void response.send('public'))
    app.get('/me', requireAuth(), (request, response) => void response.json({ userId: getAuth(request).userId }))
    app.get('/maybe', optionalAuth(), (request, response) => {
      response.send(findAuth(request)?.userId ?? 'nobody')
    })
    const resource = async (request: Request<{ id: string }>) =>
      await findPost(request.params.id, request.get('x-author') ?? '', options.pause)
    app.patch('/posts/:id', requirePermission('content:update', { resource }), (request, response) => {
      response.send(getResource(request).title)
    })
    app.all('/content', guardResource('content'), (_request, response) => void response.send('done'))
    app.post('/echo', requireAuth(), (request, response) => void response.send(request.body))
    app.get('/stream', requireAuth(), (_request, response, next) => {
      response.write('one')
      handOn(next, async () => {
        await options.pause?.()
        response.end('two')
      })
    })
    app.get('/stream/broken', requireAuth(), (_request, response, next) => {
      response.write('one')
      handOn(next, async () => {
        await options.pause?.()
        throw new Error('hunter2')
      })
    })
    app.get('/throws/sync', () => {
      throw new Error('hunter2')
    })
    app.get('/throws/async', (_request, _response, next) => {
      handOn(next, async () => await Promise.reject(new Error('hunter2')))
    })
    app.get('/throws/conflict', () => {
      throw new CardeaError('conflict', 'Taken.')
    })
    app.get('/unguarded', (request, response) => void response.send(getAuth(request).userId))
    app.use(cardea.notFound)
    const ownErrors: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
      response.status(599).send(isCardeaError(error) ? error.code : String(error))
    }
    if (options.errors === 'app') app.use(ownErrors)
    else if (options.errors !== 'framework') app.use(cardea.onError)
    // Express would print what it answers itself.
    else app.set('env', 'test')
    return app
  }

  return {
    name,
    listener: (auth, options) => {
      const app = appOf(auth, options)
      return options.below === undefined ? app : create().use(options.below, app)
    },
    withTwo: (first, second) => {
      const [one, two] = [cardeaExpress(first), cardeaExpress(second)]
      const app = create()
      app.use(one.mount, two.mount)
      app.get('/first', one.requireAuth(), (request, response) => void response.send(one.getAuth(request).userId))
      app.get('/second', one.requireAuth(), (request, response) => void response.send(two.getAuth(request).userId))
      app.use(two.onError)
      return app
    },
  }
}
