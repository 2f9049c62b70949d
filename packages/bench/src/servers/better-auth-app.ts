import { Hono, type MiddlewareHandler } from 'hono'
import { requestFor } from '../parts/better-auth-calls.ts'
import { type BetterAuthPeer, type BetterAuthSetup, openBetterAuth } from '../peers/open-better-auth.ts'
import { held, notHeld } from '../peers/settings.ts'

/** The same app with better-auth: its routes mounted and the session read in a middleware, as its Hono page shows. */
export function betterAuthApp(file: string, setup: BetterAuthSetup): Hono {
  const auth = openBetterAuth(file, setup)
  const app = new Hono()
  app.get('/open', (c) => c.json({ posts: [] }))
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.get('/signed-in', requireSession(auth), (c) => c.json({ posts: [] }))
  app.get('/guarded', requirePermission(auth, held), (c) => c.json({ posts: [] }))
  app.get('/denied', requirePermission(auth, notHeld), (c) => c.json({ posts: [] }))
  app.on(['POST', 'GET'], '/api/auth/*', (c) => auth.handler(c.req.raw))
  return app
}

const requireSession =
  (auth: BetterAuthPeer): MiddlewareHandler =>
  async (c, next) => {
    const session = await auth.api.getSession({ headers: c.req.raw.headers })
    if (session === null) return c.json({ error: 'unauthenticated' }, 401)
    await next()
    return undefined
  }

function requirePermission(auth: BetterAuthPeer, label: string): MiddlewareHandler {
  const permissions = requestFor(label)
  return async (c, next) => {
    const session = await auth.api.getSession({ headers: c.req.raw.headers })
    if (session === null) return c.json({ error: 'unauthenticated' }, 401)
    const { success } = await auth.api.userHasPermission({ body: { userId: session.user.id, permissions } })
    if (!success) return c.json({ error: 'forbidden' }, 403)
    await next()
    return undefined
  }
}
