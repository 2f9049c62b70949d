import { base, expecting, type Flow } from '../flow.js'
import { password, type World } from '../world.js'

const adminOf = async (world: World): Promise<string> => {
  const { body } = await world.send('POST', `${base}/auth/login`, { body: { username: 'admin', password } })
  const bearer = String(body['access_token'])
  // Its roles are known to the node from the first time on.
  await expecting(200, world.send('GET', `${base}/audit?limit=1`, { bearer }))
  return bearer
}

const listing = (name: string, queries: readonly string[]): Flow => ({
  name,
  route: 'listAudit',
  prepare: async (world) => {
    const bearer = await adminOf(world)
    return async () => {
      for (const query of queries) await expecting(200, world.send('GET', `${base}/audit${query}`, { bearer }))
    }
  },
})

const place = (at: number, id: string): string => Buffer.from(JSON.stringify([at, id])).toString('base64url')

/** What happened, and what keeping it takes. */
export const auditFlows: readonly Flow[] = [
  listing('list what happened', ['']),
  listing('list what happened, and how much that is', ['?user_id=p77&limit=10&offset=10']),
  listing('list what happened, by page', ['?user_id=p77&page=2']),
  listing('list what happened, on from a place', [`?cursor=${place(1_767_000_003_000, 'e3000')}`]),
  listing(
    'list what happened, by each filter',
    [
      'type=sign_in.failed',
      'outcome=failure',
      'user_id=p77',
      'actor_id=p4000',
      'session_id=s77',
      'ip_address=192.0.2.77',
      'from=2025-12-29T09:20:01Z&to=2025-12-29T09:20:05Z',
    ].map((filter) => `?cursor=&limit=20&${filter}`),
  ),
  {
    name: 'list what happened: forbidden',
    route: 'listAudit',
    prepare: async (world) => {
      const { access } = await world.signUp()
      return () => expecting(403, world.send('GET', `${base}/audit`, { bearer: access }))
    },
  },
  {
    name: 'count and read what happened',
    prepare: async (world) => async () => {
      await world.auth.audit.flush()
      await world.auth.audit.count({ principalId: 'p77' })
      await world.auth.audit.list({ principalId: 'p77', type: 'sign_in.succeeded' })
    },
  },
  {
    name: 'login, with what is kept of it',
    audited: true,
    prepare: async (world) => {
      const { email } = await world.signUp()
      const login = () => expecting(200, world.send('POST', `${base}/auth/login`, { body: { email, password } }))
      await login()
      return login
    },
  },
  {
    name: 'wrong password, with what is kept of it',
    audited: true,
    prepare: async (world) => {
      const { email } = await world.signUp()
      return () => expecting(401, world.send('POST', `${base}/auth/login`, { body: { email, password: 'wrong one' } }))
    },
  },
  {
    name: 'refresh, with what is kept of it',
    audited: true,
    prepare: async (world) => {
      const { refresh: token } = await world.signUp()
      return () => expecting(200, world.send('POST', `${base}/auth/refresh`, { body: { refresh_token: token } }))
    },
  },
]
