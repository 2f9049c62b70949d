import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import type { RouteName } from '@cardea/http/contract'
import { createStoredPolicy } from '@cardea/permissions/stored'
import { cmsPreset } from 'cardea/presets/cms'
import type { Answer, PlanApp } from './plan-app.js'

const password = 'correct horse battery'

/** Something that an app or a client does. */
export interface Flow {
  readonly name: string
  /** The route that it goes through; none for what an app does in code. */
  readonly route?: RouteName
  /** The answer that is right. */
  readonly status?: number
  /** False where the number of statements is no matter: a migration looks at the whole schema. */
  readonly counted?: boolean
  run(): Promise<unknown>
}

interface Account {
  readonly id: string
  readonly email: string
  readonly bearer: string
  readonly refreshToken: string
  readonly cookie: string
  readonly sessionId: string
}

/**
 * Everything that is done with a database, in an order in which each finds what it needs: every route, by cookie and by
 * token, with its ways to fail; and what apps do in code.
 */
export async function createFlows({ auth, send, storage, time }: PlanApp): Promise<readonly Flow[]> {
  await auth.createFirstAdmin({ email: 'root@example.test', password })
  const usersAuth = '/auth'
  const customersAuth = '/collections/customers/auth'
  const post = (path: string, body: unknown, sent: { bearer?: string; cookie?: string } = {}) =>
    send('POST', path, { body, ...sent })

  const signUp = async (base: string, email: string, fields: Readonly<Record<string, unknown>> = {}) =>
    accountOf(await post(`${base}/register`, { email, password, ...fields }), email)
  const again = async (base: string, email: string) =>
    accountOf(await post(`${base}/login`, { email, password }), email)

  const admin = await again(usersAuth, 'root@example.test')
  const ada = await signUp(usersAuth, 'ada@example.test', { username: 'ada' })
  const bob = await signUp(customersAuth, 'bob@example.test', { phone: '+1' })
  const later = await again(usersAuth, ada.email)
  const gone = await again(usersAuth, ada.email)
  const leaving = await again(usersAuth, ada.email)
  const byToken = await again(usersAuth, ada.email)
  const byRefresh = await again(usersAuth, ada.email)
  const doomed = await signUp(usersAuth, 'doomed@example.test')
  const disabled = await signUp(customersAuth, 'disabled@example.test')
  const policy = createStoredPolicy({
    storage,
    clock: () => time.now,
    createId: createUuidV7(() => time.now, secureRandom),
    catalogue: cmsPreset.permissions,
    roles: cmsPreset.roles,
  })

  const route = (name: string, of: RouteName, status: number, run: () => Promise<Answer>): Flow => ({
    name,
    route: of,
    status,
    run,
  })
  const code = (name: string, run: () => Promise<unknown>): Flow => ({ name, run })

  let refreshed = ''
  let grantId = ''
  return [
    route('register a user', 'register', 201, () => signUpAs(post, usersAuth, 'new@example.test', { username: 'new' })),
    route('register a customer', 'register', 201, () =>
      signUpAs(post, customersAuth, 'new@example.test', { phone: '+2' }),
    ),
    route('register with a taken e-mail', 'register', 409, () => signUpAs(post, usersAuth, ada.email)),
    route('register with a taken username', 'register', 409, () =>
      signUpAs(post, usersAuth, 'other@example.test', { username: 'ada' }),
    ),
    route('register with a taken unique field', 'register', 409, () =>
      signUpAs(post, customersAuth, 'other@example.test', { phone: '+1' }),
    ),
    route('log in by e-mail', 'login', 200, () => post('/auth/login', { email: ada.email, password })),
    route('log in by username', 'login', 200, () => post('/auth/login', { username: 'ada', password })),
    route('log in by a field of the app', 'login', 200, () =>
      post(`${customersAuth}/login`, { phone: '+1', password }),
    ),
    route('log in with a cookie that is replaced', 'login', 200, () =>
      post('/auth/login', { email: ada.email, password }, { cookie: gone.cookie }),
    ),
    route('log in with a wrong password', 'login', 401, () =>
      post('/auth/login', { email: ada.email, password: 'wrong' }),
    ),
    route('log in to no account', 'login', 401, () => post('/auth/login', { email: 'nobody@example.test', password })),
    route('ask who one is, by cookie', 'me', 200, () => send('GET', '/auth/me', { cookie: ada.cookie })),
    route('ask who one is, by token', 'me', 200, () => send('GET', '/auth/me', { bearer: ada.bearer })),
    route('ask who a customer is', 'me', 200, () => send('GET', `${customersAuth}/me`, { bearer: bob.bearer })),
    route('ask with a cookie of nobody', 'me', 401, () =>
      send('GET', '/auth/me', { cookie: `__Host-session=${'A'.repeat(43)}` }),
    ),
    route('change one’s name', 'updateMe', 200, () =>
      send('PATCH', '/auth/me', { bearer: ada.bearer, body: { name: 'Ada', username: 'ada2' } }),
    ),
    route('change to a taken username', 'updateMe', 409, () =>
      send('PATCH', '/auth/me', { bearer: ada.bearer, body: { username: 'new' } }),
    ),
    route('change a unique field', 'updateMe', 200, () =>
      send('PATCH', `${customersAuth}/me`, { bearer: bob.bearer, body: { phone: '+3' } }),
    ),
    route('refresh', 'refresh', 200, async () => {
      const answer = await post('/auth/refresh', { refresh_token: ada.refreshToken })
      refreshed = String(answer.body['refresh_token'])
      return answer
    }),
    route('refresh again within the grace', 'refresh', 200, () =>
      post('/auth/refresh', { refresh_token: ada.refreshToken }),
    ),
    route('refresh once more', 'refresh', 200, () => post('/auth/refresh', { refresh_token: refreshed })),
    route('replay a refresh token', 'refresh', 401, () => post('/auth/refresh', { refresh_token: ada.refreshToken })),
    route('list one’s sessions', 'listOwnSessions', 200, () => send('GET', '/auth/sessions', { bearer: later.bearer })),
    route('list sessions of one’s own', 'listSessions', 200, () => send('GET', '/sessions', { bearer: later.bearer })),
    route('list sessions of somebody', 'listSessions', 200, () =>
      send('GET', `/sessions?user_id=${ada.id}`, { bearer: admin.bearer }),
    ),
    route('list sessions of somebody without the right', 'listSessions', 403, () =>
      send('GET', `/sessions?user_id=${admin.id}`, { bearer: later.bearer }),
    ),
    route('end a session of one’s own', 'revokeOwnSession', 204, () =>
      send('DELETE', `/auth/sessions/${byToken.sessionId}`, { bearer: later.bearer }),
    ),
    route('end a session of somebody else', 'revokeOwnSession', 404, () =>
      send('DELETE', `/auth/sessions/${admin.sessionId}`, { bearer: later.bearer }),
    ),
    route('end a session as an admin', 'revokeSession', 204, () =>
      send('DELETE', `/sessions/${leaving.sessionId}`, { bearer: admin.bearer }),
    ),
    route('log out by cookie', 'logout', 200, () =>
      send('POST', `${customersAuth}/logout`, { cookie: disabled.cookie }),
    ),
    route('log out by refresh token', 'logout', 200, () =>
      post('/auth/logout', { refresh_token: byRefresh.refreshToken }),
    ),
    route('log out by token', 'logout', 200, () => send('POST', '/auth/logout', { bearer: doomed.bearer })),
    route('change the password', 'changePassword', 204, () =>
      post(
        '/auth/me/change-password',
        { current_password: password, new_password: 'another good password' },
        { bearer: later.bearer },
      ),
    ),
    route('end the other sessions', 'revokeAllOwnSessions', 204, () =>
      send('DELETE', '/auth/sessions/all?scope=others', { bearer: later.bearer }),
    ),
    route('end all sessions', 'revokeAllOwnSessions', 204, () =>
      send('DELETE', '/auth/sessions/all', { bearer: later.bearer }),
    ),
    {
      ...route('define a collection', 'createCollection', 201, () =>
        post(
          '/collections',
          { name: 'vendors', type: 'auth', fields: [{ name: 'code', type: 'text', unique: true }] },
          { bearer: admin.bearer },
        ),
      ),
      counted: false,
    },
    route('define a collection that exists', 'createCollection', 409, () =>
      post('/collections', { name: 'vendors', type: 'auth' }, { bearer: admin.bearer }),
    ),
    route('list collections', 'listCollections', 200, () => send('GET', '/collections', { bearer: admin.bearer })),
    route('show a collection', 'showCollection', 200, () =>
      send('GET', '/collections/vendors', { bearer: admin.bearer }),
    ),
    route('ask for a collection that does not exist', 'login', 404, () =>
      post('/collections/nothing/auth/login', { email: 'a@example.test', password }),
    ),
    route('register with a collection of run time', 'register', 201, () =>
      signUpAs(post, '/collections/vendors/auth', 'v@example.test', { code: 'v' }),
    ),
    route('log in with a collection of run time', 'login', 200, () =>
      post('/collections/vendors/auth/login', { email: 'v@example.test', password }),
    ),
    route('ask how the process is', 'health', 200, () => send('GET', '/health')),
    route('ask how the database is', 'readiness', 200, () => send('GET', '/health/ready')),
    code('find a user', () => auth.users.find(ada.id)),
    code('find a session', () => auth.sessions.find(admin.sessionId)),
    code('assign a role', () => auth.permissions.assign(bob.id, 'editor')),
    code('ask what somebody may do', () => auth.permissions.subject(bob.id)),
    code('ask which roles somebody holds', () => auth.permissions.rolesOf(bob.id)),
    code('take a role', () => auth.permissions.unassign(bob.id, 'editor')),
    code('ask whether there is an admin', () => auth.permissions.hasAdmin()),
    code('set a password', () => auth.collections.customers.setPassword(bob.id, 'yet another password')),
    code('disable somebody', () => auth.collections.customers.disable(disabled.id)),
    code('enable somebody', () => auth.collections.customers.enable(disabled.id)),
    code('delete somebody', () => auth.users.delete(doomed.id)),
    code('make a role', () => policy.createRole({ label: 'helper', inherits: ['viewer'] })),
    code('find a role', () => policy.findRole('helper')),
    code('grant a permission', async () => {
      grantId = (await policy.grant('helper', 'content:publish')).id
    }),
    code('list grants', () => policy.grantsOf('helper')),
    code('revoke a grant', () => policy.revoke(grantId)),
    code('list roles', () => policy.listRoles()),
    code('list permissions', () => policy.listPermissions()),
    code('make a permission', () => policy.createPermission({ label: 'reports:read' })),
    code('delete a role', () => policy.deleteRole('helper')),
    code('list assignments', () => policy.assignmentsOf(bob.id)),
  ]
}

const signUpAs = (
  post: (path: string, body: unknown) => Promise<Answer>,
  base: string,
  email: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Answer> => post(`${base}/register`, { email, password, ...fields })

function accountOf({ status, body, cookie }: Answer, email: string): Account {
  if (status !== 200 && status !== 201) throw new Error(`${email} was not signed in: ${JSON.stringify(body)}`)
  const { user } = body
  return {
    id: typeof user === 'object' && user !== null && 'id' in user ? String(user.id) : '',
    email,
    bearer: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
    cookie,
    sessionId: String(body['session_id']),
  }
}
