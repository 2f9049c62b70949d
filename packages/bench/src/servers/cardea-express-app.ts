import { cardeaExpress } from '@cardea/express'
import express, { type Express } from 'express'
import { openCardea } from '../peers/open-cardea.ts'
import { held, notHeld } from '../peers/settings.ts'

/** The same app on Express. */
export async function cardeaExpressApp(file: string, mode: 'strict' | 'stateless'): Promise<Express> {
  const auth = openCardea(file, { mode })
  await auth.ready()
  const { mount, requirePermission } = cardeaExpress(auth, { rateLimits: 'off' })
  const app = express()
  app.get('/open', (_request, response) => void response.json({ posts: [] }))
  app.get(
    '/empty',
    (_request, _response, next) => next(),
    (_request, response) => void response.json({ posts: [] }),
  )
  app.get('/guarded', requirePermission(held), (_request, response) => void response.json({ posts: [] }))
  app.get('/denied', requirePermission(notHeld), (_request, response) => void response.json({ posts: [] }))
  app.use(mount)
  return app
}
