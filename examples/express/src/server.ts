import { cardeaExpress } from '@cardea/express'
import { httpOptions, openDemo, openNodes, postTable, prepare, run, serve } from '@cardea-examples/shared'
import express from 'express'
import { openAuth } from './auth.ts'
import { posts } from './posts.ts'

run(async () => {
  const demo = openDemo(process.env)
  const nodes = await openNodes(demo.environment)
  const auth = openAuth(demo, nodes)
  await prepare(auth, demo)

  const cardea = cardeaExpress(auth, httpOptions(demo.environment, nodes))
  const app = express()
  app.disable('x-powered-by')
  app.get('/', (_request, response) => {
    response.json({ name: 'Cardea demo', api: auth.config.basePath, posts: '/posts' })
  })
  app.get(`${auth.config.basePath}/media`, cardea.requirePermission('media:read'), (_request, response) => {
    response.json([])
  })
  app.use('/posts', posts(postTable(demo.database.app), cardea))
  const { mailbox } = demo.mail
  // Whoever reads it can take over any account, so there is none in production.
  if (mailbox !== undefined) {
    app.get('/dev/mailbox', (_request, response) => {
      response.set('Cache-Control', 'no-store').json(mailbox.list())
    })
  }
  app.use(cardea.mount)
  app.use(cardea.notFound)
  app.use(cardea.onError)

  serve(app, demo, { auth, nodes })
})
