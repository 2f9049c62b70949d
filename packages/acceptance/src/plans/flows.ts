import { Readable } from 'node:stream'
import type { RouteName } from '@cardea/http/contract'
import { base, expecting, type Flow, refusing, unknownId } from './flow.js'
import { auditFlows } from './flows/audit.js'
import { authzFlows } from './flows/authz.js'
import { invitationFlows } from './flows/invitations.js'
import { keyFlows } from './flows/keys.js'
import { limitFlows } from './flows/limits.js'
import { mailFlows } from './flows/mail.js'
import { mfaFlows } from './flows/mfa.js'
import { oauthFlows } from './flows/oauth.js'
import { otpFlows } from './flows/otp.js'
import { policyFlowsByActors } from './flows/policy.js'
import { recordFlows } from './flows/records.js'
import { recoveryFlows } from './flows/recovery.js'
import { roleFlows } from './flows/roles.js'
import { sessionFlows } from './flows/sessions.js'
import { hashFromElsewhere, signInFlows } from './flows/sign-in.js'
import { signingKeyFlows } from './flows/signing-keys.js'
import { userFlows } from './flows/users.js'
import { password, type World } from './world.js'

/** A flow of one request by somebody who has just signed up. */
const own = (
  route: RouteName,
  name: string,
  by: 'cookie' | 'bearer',
  [method, path, status]: readonly [string, string | ((id: string) => string), number],
  body?: unknown,
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const { access, cookie, sessionId } = await world.signUp()
    const target = typeof path === 'string' ? path : path(sessionId)
    const credential = by === 'cookie' ? { cookie } : { bearer: access }
    const sent = { ...credential, ...(body === undefined ? {} : { body }) }
    return () => expecting(status, world.send(method, `${base}${target}`, sent))
  },
})

/** What code defines is described once, and then kept. */
const description = (route: 'openapi' | 'apiReference' | 'apiSummary', name: string, path: string): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const ask = () => expecting(200, world.send('GET', path))
    await ask()
    return ask
  },
})

const ownFlows: readonly Flow[] = [
  own('logout', 'logout by cookie', 'cookie', ['POST', '/auth/logout', 200], {}),
  own('logout', 'logout by access token', 'bearer', ['POST', '/auth/logout', 200], {}),
  {
    name: 'logout by refresh token',
    route: 'logout',
    prepare: async (world) => {
      const { refresh } = await world.signUp()
      return () => expecting(200, world.send('POST', `${base}/auth/logout`, { body: { refresh_token: refresh } }))
    },
  },
  own('me', 'me by cookie', 'cookie', ['GET', '/auth/me', 200]),
  own('me', 'me by access token', 'bearer', ['GET', '/auth/me', 200]),
  own('myPermissions', 'what one may', 'cookie', ['GET', '/auth/me/permissions', 200]),
  {
    name: 'me: a cookie of nobody',
    route: 'me',
    prepare: async (world) => () =>
      expecting(401, world.send('GET', `${base}/auth/me`, { cookie: `__Host-session=${'A'.repeat(43)}` })),
  },
  {
    name: 'me, a minute later: use is noted',
    route: 'me',
    prepare: async (world) => {
      const { cookie } = await world.signUp()
      world.time.now += 61_000
      return () => expecting(200, world.send('GET', `${base}/auth/me`, { cookie }))
    },
  },
  own('updateMe', 'change a name', 'cookie', ['PATCH', '/auth/me', 200], { name: 'Other' }),
  {
    name: 'change a username',
    route: 'updateMe',
    prepare: async (world) => {
      const { cookie, username } = await world.signUp()
      const body = { username: `${username}-2` }
      return () => expecting(200, world.send('PATCH', `${base}/auth/me`, { cookie, body }))
    },
  },
  own('updateMe', 'change a username: taken', 'cookie', ['PATCH', '/auth/me', 409], { username: 'name7' }),
  own('updateMe', 'drop a username', 'cookie', ['PATCH', '/auth/me', 200], { username: null }),
  own('changePassword', 'change a password by cookie', 'cookie', ['POST', '/auth/me/change-password', 204], {
    current_password: password,
    new_password: 'another long password',
  }),
  own('changePassword', 'change a password by access token', 'bearer', ['POST', '/auth/me/change-password', 204], {
    current_password: password,
    new_password: 'another long password',
  }),
  own('changePassword', 'change a password: wrong one', 'cookie', ['POST', '/auth/me/change-password', 401], {
    current_password: 'not the password',
    new_password: 'another long password',
  }),
  own('listOwnSessions', 'list sessions', 'cookie', ['GET', '/auth/sessions', 200]),
  own('revokeAllOwnSessions', 'end all sessions', 'cookie', ['DELETE', '/auth/sessions/all', 204]),
  own('revokeAllOwnSessions', 'end other sessions', 'cookie', ['DELETE', '/auth/sessions/all?scope=others', 204]),
  own('revokeOwnSession', 'end a session', 'cookie', ['DELETE', (id) => `/auth/sessions/${id}`, 204]),
  own('revokeOwnSession', 'end an unknown session', 'cookie', ['DELETE', `/auth/sessions/${unknownId}`, 404]),
  own('listSessions', 'list sessions, by the other path', 'cookie', ['GET', '/sessions', 200]),
  own('revokeSession', 'end a session, by the other path', 'cookie', ['DELETE', (id) => `/sessions/${id}`, 204]),
]

/** A flow between somebody with the role of an admin and somebody else. */
const between = (
  route: RouteName,
  name: string,
  role: 'admin' | 'viewer',
  [method, path, status]: readonly [
    string,
    (other: { readonly id: string; readonly sessionId: string }) => string,
    number,
  ],
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const [caller, other] = [await world.signUp(), await world.signUp()]
    if (role === 'admin') await world.auth.permissions.assign(caller.id, role)
    // What the caller may do is known to the node from here on.
    await world.send('GET', `${base}/sessions?user_id=${other.id}`, { cookie: caller.cookie })
    return () => expecting(status, world.send(method, `${base}${path(other)}`, { cookie: caller.cookie }))
  },
})

const otherFlows: readonly Flow[] = [
  between('listSessions', 'list sessions of another', 'admin', ['GET', ({ id }) => `/sessions?user_id=${id}`, 200]),
  between('listSessions', 'list sessions of another: forbidden', 'viewer', [
    'GET',
    ({ id }) => `/sessions?user_id=${id}`,
    403,
  ]),
  between('listSessions', 'list sessions of nobody', 'admin', ['GET', () => `/sessions?user_id=${unknownId}`, 404]),
  between('revokeSession', 'end a session of another', 'admin', [
    'DELETE',
    ({ sessionId }) => `/sessions/${sessionId}`,
    204,
  ]),
  between('revokeSession', 'end a foreign session', 'viewer', [
    'DELETE',
    ({ sessionId }) => `/sessions/${sessionId}`,
    404,
  ]),
  { name: 'health', route: 'health', prepare: async (world) => () => expecting(200, world.send('GET', '/health')) },
  {
    name: 'readiness',
    route: 'readiness',
    prepare: async (world) => () => expecting(200, world.send('GET', '/health/ready')),
  },
  description('openapi', 'the interface as OpenAPI', '/openapi.json'),
  description('apiReference', 'the interface as a page', '/docs'),
  description('apiSummary', 'the interface in short', '/llms.txt'),
]

/** A request to a route of the app that asks for a permission. */
const guarded = (name: string, by: 'cookie' | 'bearer', mode: 'strict' | 'stateless'): Flow => ({
  name,
  prepare: async (world) => {
    const auth = mode === 'strict' ? world.auth : world.start(mode)
    await auth.ready()
    const { access, cookie } = await world.signUp()
    const credential = by === 'cookie' ? { cookieToken: cookie.split('=')[1] ?? '' } : { accessToken: access }
    const act = async (): Promise<void> => {
      const result = await auth.sessions.verify(credential)
      if (!result.authenticated) throw new Error(result.code)
      const subject = await auth.permissions.subject(result.authentication)
      if (!subject.can('content:read') || subject.can('content:create')) throw new Error('not the rights of a viewer')
    }
    // Its roles are known from the first request on.
    await act()
    return act
  },
})

const guardedFlows: readonly Flow[] = [
  guarded('guarded request by cookie', 'cookie', 'strict'),
  guarded('guarded request by access token', 'bearer', 'strict'),
  guarded('guarded request by access token, stateless', 'bearer', 'stateless'),
]

/** A flow in code, about somebody who has just signed up. */
const code = (
  name: string,
  act: (world: World, id: string) => Promise<unknown>,
  before: (world: World, id: string) => Promise<unknown> = async () => {},
): Flow => ({
  name,
  prepare: async (world) => {
    const { id } = await world.signUp()
    await before(world, id)
    return () => act(world, id)
  },
})

let labels = 0
/** A role of the app's own, with a grant and a parent. */
async function makeRole(world: World) {
  labels += 1
  const parent = await world.policy.createRole({ label: `parent${labels}` })
  const role = await world.policy.createRole({ label: `role${labels}`, inherits: [parent.label] })
  return { ...role, grant: await world.policy.grant(role.label, 'content:read') }
}

/** A flow in code, about a role that has just been made. */
const about = (
  name: string,
  act: (world: World, role: Awaited<ReturnType<typeof makeRole>>) => Promise<unknown>,
): Flow => ({
  name,
  prepare: async (world) => {
    const role = await makeRole(world)
    return () => act(world, role)
  },
})

const lately = (world: World) => ({ expiresAt: world.time.now + 1_000_000 })

const accountFlows: readonly Flow[] = [
  code('make an account for somebody', (world) => world.auth.users.create(world.fresh())),
  code('make an account for somebody: verified', (world) => world.auth.users.create(world.fresh(), { verified: true })),
  code('find a user', (world, id) => world.auth.users.find(id)),
  code('find a user by address', (world) => world.auth.users.findByEmail('admin@example.test')),
  code('set a password', (world, id) => world.auth.users.setPassword(id, 'another long password')),
  code('set a password hash', (world, id) => world.auth.users.setPasswordHash(id, hashFromElsewhere)),
  code('import two users, of whom one is there', (world) => {
    const { email } = world.fresh()
    const lines = [email, 'admin@example.test'].map((address) =>
      JSON.stringify({ email: address, password_hash: hashFromElsewhere }),
    )
    return world.auth.users.import(Readable.from([Buffer.from(lines.join('\n'))]), { format: 'jsonl' })
  }),
  code('export a user', async (world, id) => {
    let text = ''
    const query = { format: 'csv', filter: { id: { eq: id } }, withPasswordHashes: true } as const
    for await (const part of world.auth.users.export(query)) text += part
    if (!text.includes(id)) throw new Error('nobody was exported')
  }),
  code('disable', (world, id) => world.auth.users.disable(id)),
  code(
    'disable an admin',
    (world, id) => world.auth.users.disable(id),
    (world, id) => world.auth.permissions.assign(id, 'admin'),
  ),
  code(
    'enable',
    (world, id) => world.auth.users.enable(id),
    (world, id) => world.auth.users.disable(id),
  ),
  code('delete', (world, id) => world.auth.users.delete(id)),
  code('first admin: there is one', (world) =>
    refusing('conflict', world.auth.createFirstAdmin({ ...world.fresh(), email: 'second@example.test' })),
  ),
  {
    name: 'change relation and unique field of a customer',
    prepare: async (world) => {
      const customers = world.auth.collections.customers
      const { email } = world.fresh()
      const made = await customers.register({ email, password })
      if (made.status !== 'signed_in') throw new Error('not signed in')
      const { id } = made.signIn.user
      return () => customers.update(id, { manager: id, badge: email, phone: email.replace('@', '+') })
    },
  },
  {
    name: 'delete a customer',
    prepare: async (world) => {
      const made = await world.auth.collections.customers.register({ email: world.fresh().email, password })
      if (made.status !== 'signed_in') throw new Error('not signed in')
      return () => world.auth.collections.customers.delete(made.signIn.user.id)
    },
  },
]

const policyFlows: readonly Flow[] = [
  { name: 'start another node', counted: false, prepare: async (world) => () => world.start().ready() },
  code('check a permission, nothing known', (world, id) => world.auth.permissions.subject(id)),
  code(
    'check a permission, known',
    (world, id) => world.auth.permissions.subject(id),
    (world, id) => world.auth.permissions.subject(id),
  ),
  code('give a role', (world, id) => world.auth.permissions.assign(id, 'editor')),
  code('give a role for a while', (world, id) => world.auth.permissions.assign(id, 'admin', lately(world))),
  code(
    'limit a role to a while',
    (world, id) => world.auth.permissions.assign(id, 'admin', lately(world)),
    (world, id) => world.auth.permissions.assign(id, 'admin'),
  ),
  code(
    'take a role',
    (world, id) => world.auth.permissions.unassign(id, 'editor'),
    (world, id) => world.auth.permissions.assign(id, 'editor'),
  ),
  code(
    'take the role of an admin',
    (world, id) => world.auth.permissions.unassign(id, 'admin'),
    (world, id) => world.auth.permissions.assign(id, 'admin'),
  ),
  code('list roles of a principal', (world, id) => world.auth.permissions.rolesOf(id)),
  code('list assignments of a principal', (world, id) => world.policy.assignmentsOf(id)),
  code('ask for an admin', (world) => world.auth.permissions.hasAdmin()),
  code('list roles', (world) => world.policy.listRoles()),
  code('list permissions', (world) => world.policy.listPermissions()),
  code('list grants', (world) => world.policy.grantsOf('editor')),
  code('make a role', (world) => world.policy.createRole({ label: 'made', inherits: ['viewer'] })),
  about('grant', (world, { label }) => world.policy.grant(label, 'content:update')),
  about('grant again', (world, { label }) => refusing('conflict', world.policy.grant(label, 'content:read'))),
  code('make a role: taken', (world) => refusing('conflict', world.policy.createRole({ label: 'viewer' }))),
  code('make a permission', (world, id) =>
    world.policy.createPermission({ label: `own_${id.replaceAll('-', '')}:use` }),
  ),
  about('find a role', (world, { label }) => world.policy.findRole(label)),
  about('find a role by id', (world, { id }) => world.policy.findRole(id)),
  about('take a grant', (world, { grant }) => world.policy.revoke(grant.id)),
  about('delete a role', (world, { label }) => world.policy.deleteRole(label)),
  about('find a grant', (world, { grant }) => world.policy.findGrant(grant.id)),
  about('list grants in pages', (world, { id, grant }) =>
    world.policy.listGrants({ roleId: id, limit: 50, after: grant.id }),
  ),
  about('list grants of a permission in pages', (world, { grant }) =>
    world.policy.listGrants({ permissionId: grant.permissionId ?? '', limit: 50 }),
  ),
  about('list all grants in pages', (world, { grant }) => world.policy.listGrants({ limit: 50, after: grant.id })),
  about('count grants of a role', (world, { id }) => world.policy.countGrants({ roleId: id })),
  code('count all grants', (world) => world.policy.countGrants()),
  about('rename a role, and change what it inherits', (world, { id, label }) =>
    world.policy.updateRole(id, { label: `${label} renamed`, inherits: ['editor'] }),
  ),
  ...policyFlowsByActors,
  code(
    'check a permission after a role has changed',
    (world, id) => world.auth.permissions.subject(id),
    async (world, id) => {
      await world.auth.permissions.subject(id)
      await makeRole(world)
    },
  ),
]

/** A collection that is defined at run time, and the access token of an admin. */
async function defineOne(
  world: World,
  identifiers: readonly string[] = [],
): Promise<{ readonly name: string; readonly bearer: string }> {
  const { body } = await world.send('POST', `${base}/auth/login`, { body: { username: 'admin', password } })
  const bearer = String(body['access_token'])
  const name = `made_${world.fresh().username}`
  const fields = [{ name: 'code', type: 'text', unique: true }]
  const definition = { name, type: 'auth', fields, auth: { identifiers } }
  await expecting(201, world.send('POST', `${base}/collections`, { body: definition, bearer }))
  return { name, bearer }
}

const definitionFlow = (
  name: string,
  route: RouteName,
  act: (world: World, made: { readonly name: string; readonly bearer: string }) => Promise<unknown>,
  counted?: false,
): Flow => ({
  name,
  route,
  ...(counted === undefined ? {} : { counted }),
  prepare: async (world) => {
    const made = await defineOne(world)
    return () => act(world, made)
  },
})

const ownRoutes = (name: string): string => `${base}/collections/${name}/auth`

const definitionFlows: readonly Flow[] = [
  // Making a table looks at the whole schema.
  definitionFlow('define a collection', 'createCollection', (world) => defineOne(world), false),
  definitionFlow('define a collection: it exists', 'createCollection', (world, { name, bearer }) =>
    expecting(409, world.send('POST', `${base}/collections`, { body: { name, type: 'auth' }, bearer })),
  ),
  // Two of those that the database was filled with.
  definitionFlow(
    'define a collection: it was begun and left',
    'createCollection',
    (world, { bearer }) =>
      expecting(201, world.send('POST', `${base}/collections`, { body: { name: 'stored7', type: 'auth' }, bearer })),
    false,
  ),
  definitionFlow('define a collection: it is being removed', 'createCollection', (world, { bearer }) =>
    expecting(409, world.send('POST', `${base}/collections`, { body: { name: 'stored5007', type: 'auth' }, bearer })),
  ),
  definitionFlow('list collections', 'listCollections', (world, { bearer }) =>
    expecting(200, world.send('GET', `${base}/collections`, { bearer })),
  ),
  definitionFlow('show a collection', 'showCollection', (world, { name, bearer }) =>
    expecting(200, world.send('GET', `${base}/collections/${name}`, { bearer })),
  ),
  // Whoever changes a table looks at the whole of it. What is read of a column or a table that is dropped afterwards has no plan
  // any more, so nothing is.
  definitionFlow(
    'change a collection',
    'updateCollection',
    (world, { name, bearer }) => {
      const body = { fields: { title: { type: 'text', optional: true } } }
      return expecting(200, world.send('PATCH', `${base}/collections/${name}`, { body, bearer }))
    },
    false,
  ),
  definitionFlow(
    'rename a field of a collection',
    'updateCollection',
    async (world, { name, bearer }) => {
      const path = `${base}/collections/${name}`
      const answer = await expecting(200, world.send('PATCH', path, { body: { rename: { code: 'badge' } }, bearer }))
      // The plans are asked for afterwards, when there has to be a column of the former name.
      const fields = [{ name: 'code', type: 'text', unique: true }]
      await expecting(200, world.send('PATCH', path, { body: { fields }, bearer }))
      return answer
    },
    false,
  ),
  ...['?dry_run=1', ''].map((query) =>
    definitionFlow(
      query === '' ? 'change a collection by a migration' : 'say what a change of a collection would do',
      'migrateCollection',
      (world, { name, bearer }) => {
        const body = { fields: { title: { type: 'text', optional: true } } }
        return expecting(200, world.send('POST', `${base}/collections/${name}/migrate${query}`, { body, bearer }))
      },
      false,
    ),
  ),
  definitionFlow(
    'remove a collection',
    'deleteCollection',
    (world, { name, bearer }) => expecting(204, world.send('DELETE', `${base}/collections/${name}`, { bearer })),
    false,
  ),
  {
    name: 'look for collections that others have made',
    prepare: async (world) => () => world.auth.definitions.refresh(),
  },
  definitionFlow('register, in a collection of run time', 'register', (world, { name }) => {
    const { email } = world.fresh()
    return expecting(201, world.send('POST', `${ownRoutes(name)}/register`, { body: { email, password, code: email } }))
  }),
  definitionFlow('login: no such collection', 'login', (world) =>
    expecting(
      404,
      world.send('POST', `${ownRoutes('nothing')}/login`, { body: { email: 'a@example.test', password } }),
    ),
  ),
  ...(['email', 'code'] as const).map((key) => ({
    name:
      key === 'email' ? 'login, in a collection of run time' : 'login by an identifier, in a collection of run time',
    route: 'login' as const,
    prepare: async (world: World) => {
      const { name } = await defineOne(world, key === 'email' ? [] : [key])
      const { email } = world.fresh()
      await expecting(
        201,
        world.send('POST', `${ownRoutes(name)}/register`, { body: { email, password, code: email } }),
      )
      const body = { [key]: email, password }
      const login = () => expecting(200, world.send('POST', `${ownRoutes(name)}/login`, { body }))
      // Its roles are known to the node from the first time on.
      await login()
      return login
    },
  })),
]

const settingsOf = (
  name: string,
  route: RouteName,
  [method, path, status, body]: readonly [string, (name: string) => string, number, object?],
): Flow =>
  definitionFlow(name, route, (world, made) =>
    expecting(
      status,
      world.send(method, `${base}${path(made.name)}`, {
        bearer: made.bearer,
        ...(body === undefined ? {} : { body }),
      }),
    ),
  )

const everywhere = (): string => '/settings/auth'
const inCollection = (name: string): string => `/collections/${name}/settings`
const inUsers = (): string => inCollection('users')
/** Met by everybody, so that no other flow is shut out. */
const everybody = { sign_in_rule: { created_at: { lte: 'now' } } }
const settingsFlows: readonly Flow[] = [
  settingsOf('show settings', 'showSettings', ['GET', everywhere, 200]),
  settingsOf('show settings of a collection', 'showCollectionSettings', ['GET', inCollection, 200]),
  settingsOf('change settings of a collection', 'updateCollectionSettings', [
    'PATCH',
    inCollection,
    200,
    { mfa_enabled: true },
  ]),
  settingsOf('change the sign-in rule of users', 'updateCollectionSettings', ['PATCH', inUsers, 200, everybody]),
  settingsOf('take the sign-in rule of users back', 'updateCollectionSettings', [
    'PATCH',
    inUsers,
    200,
    { sign_in_rule: null },
  ]),
  settingsOf('change settings', 'updateSettings', ['PATCH', everywhere, 200, { session_expiry_days: 29 }]),
  settingsOf('change settings again', 'updateSettings', ['PATCH', everywhere, 200, { session_expiry_days: 28 }]),
  settingsOf('change a setting: out of bounds', 'setSetting', [
    'POST',
    () => '/settings',
    422,
    { key: 'token_expiry_hours', value: 0 },
  ]),
  settingsOf('take a setting back', 'setSetting', [
    'POST',
    () => '/settings',
    200,
    { key: 'session_expiry_days', value: null },
  ]),
]

/** Everything that is known to issue statements after the start. */
export const flows: readonly Flow[] = [
  ...signInFlows,
  ...otpFlows,
  ...recoveryFlows,
  ...invitationFlows,
  ...oauthFlows,
  ...ownFlows,
  ...otherFlows,
  ...sessionFlows,
  ...recordFlows,
  ...userFlows,
  ...guardedFlows,
  ...keyFlows,
  ...limitFlows,
  ...accountFlows,
  ...policyFlows,
  ...roleFlows,
  ...definitionFlows,
  ...settingsFlows,
  ...mailFlows,
  ...mfaFlows,
  ...auditFlows,
  ...authzFlows,
  ...signingKeyFlows,
]
