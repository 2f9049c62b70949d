import { cardeaHono } from '@cardea/hono'
import { httpOptions, openDemo, openNodes, postTable, prepare, run, serve } from '@cardea-examples/shared'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { openAuth } from './auth.ts'
import { posts } from './posts.ts'

run(async () => {
  const demo = openDemo(process.env)
  const nodes = await openNodes(demo.environment)
  const auth = openAuth(demo, nodes)
  await prepare(auth, demo)

  const cardea = cardeaHono(auth, httpOptions(demo.environment, nodes))
  // A slash at the end leads to the same route, as it does at Cardea's own.
  const app = new Hono({ strict: false })
  app.get('/', (c) => c.json({ name: 'Cardea demo', api: auth.config.basePath, posts: '/posts' }))
  app.get(`${auth.config.basePath}/media`, cardea.requirePermission('media:read'), (c) => c.json([]))
  app.route('/posts', posts(postTable(demo.database.app), cardea))
  const { mailbox } = demo.mail
  // Whoever reads it can take over any account, so there is none in production.
  if (mailbox !== undefined)
    app.get('/dev/mailbox', (c) => c.json(mailbox.list(), 200, { 'Cache-Control': 'no-store' }))
  app.use(cardea.mount)
  app.notFound(cardea.notFound)
  app.onError(cardea.onError)

  const listener = getRequestListener(app.fetch, {
    // Stands in where a client names none, as HTTP/1.0 allows: load balancers ask for `/health` like that.
    hostname: 'localhost',
    overrideGlobalObjects: false,
    errorHandler: cardea.unreadable,
  })
  // It deals with its own failures.
  serve((incoming, outgoing) => void listener(incoming, outgoing), demo, { auth, nodes })
})
