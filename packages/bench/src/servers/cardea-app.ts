import { cardeaHono } from '@cardea/hono'
import { Hono } from 'hono'
import { openCardea } from '../peers/open-cardea.ts'
import { held, notHeld } from '../peers/settings.ts'

/** An app with guarded routes and the routes of Cardea. */
export async function cardeaApp(file: string, mode: 'strict' | 'stateless'): Promise<Hono> {
  const auth = openCardea(file, { mode })
  await auth.ready()
  const { mount, requirePermission } = cardeaHono(auth, { rateLimits: 'off' })
  const app = new Hono()
  app.get('/open', (c) => c.json({ posts: [] }))
  app.get(
    '/empty',
    (_c, next) => next(),
    (c) => c.json({ posts: [] }),
  )
  app.get('/guarded', requirePermission(held), (c) => c.json({ posts: [] }))
  app.get('/denied', requirePermission(notHeld), (c) => c.json({ posts: [] }))
  app.use(mount)
  return app
}
