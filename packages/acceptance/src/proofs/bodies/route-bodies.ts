import { randomBytes } from 'node:crypto'
import { type RouteContract, type RouteName, routeContracts } from '@cardea/http/contract'
import { expecting, type ProofApp, password } from '../app.js'

type Body = Readonly<Record<string, unknown>>

/** What requests can name that there is. */
export interface BodyWorld {
  readonly admin: string
  readonly adminId: string
  /** A user and a customer, each with a session and somebody invited. */
  readonly emails: Readonly<Record<Mount, string>>
  readonly ids: Readonly<Record<Mount, string>>
  readonly bearers: Readonly<Record<Mount, string>>
  readonly refreshTokens: Readonly<Record<Mount, string>>
  readonly invitationIds: Readonly<Record<Mount, string>>
  readonly roleId: string
  readonly permissionId: string
  readonly keyId: string
}

/** A route that takes a body, with one that it takes, or would if a token in it were right. */
export interface BodyRoute {
  readonly name: RouteName
  readonly title: string
  readonly contract: RouteContract
  readonly path: string
  readonly bearer: string | undefined
  /** With `#` where a number makes it another: see {@link withNumber}. */
  readonly body: Body
}

type Mount = 'users' | 'customers'
interface Sending {
  readonly body: Body
  /** Who asks. Default the admin; nobody where the route is public. */
  readonly as?: 'admin' | 'own' | 'nobody'
  readonly id?: string
}

/** By route. One that is new has to be written down here. */
const sendings = {
  register: (_world, mount) => ({
    body: { email: 'new#@example.test', password, ...ownFields[mount], ...called(mount, 'new#') },
  }),
  login: ({ emails }, mount) => ({ body: { email: emails[mount], password } }),
  refresh: ({ refreshTokens }, mount) => ({ body: { refresh_token: refreshTokens[mount] } }),
  logout: ({ refreshTokens }, mount) => ({ body: { refresh_token: refreshTokens[mount] } }),
  verifyMfa: () => ({ body: { mfa_token: 'a.b.c', code: '123456' } }),
  enrollTotp: () => ({ body: {}, as: 'own' }),
  activateTotp: () => ({ body: { code: '123456' }, as: 'own' }),
  renewBackupCodes: () => ({ body: { code: '123456' }, as: 'own' }),
  disableMfa: () => ({ body: { code: '123456' }, as: 'own' }),
  reauthenticate: () => ({ body: { password }, as: 'own' }),
  exchangeOAuth: () => ({ body: { code: 'a-code', code_verifier: 'v'.repeat(43) } }),
  updateMe: (_world, mount) => ({ body: ownFields[mount], as: 'own' }),
  changePassword: () => ({ body: { current_password: password, new_password: 'another good password' }, as: 'own' }),
  requestVerification: ({ emails }, mount) => ({ body: { email: emails[mount] } }),
  confirmVerification: () => ({ body: { token: 'a-token', password } }),
  requestPasswordReset: ({ emails }, mount) => ({ body: { email: emails[mount] } }),
  confirmPasswordReset: () => ({ body: { token: 'a-token', password } }),
  requestEmailChange: () => ({ body: { new_email: 'next#@example.test', password }, as: 'own' }),
  confirmEmailChange: () => ({ body: { token: 'a-token' } }),
  requestOtp: ({ emails }, mount) => ({ body: { email: emails[mount] } }),
  verifyOtp: ({ emails }, mount) => ({ body: { email: emails[mount], code: '123456' } }),
  createInvitation: (_world, mount) => ({ body: { email: 'invited#@example.test', ...ownFields[mount] } }),
  resendInvitation: ({ invitationIds }, mount) => ({ body: {}, id: invitationIds[mount] }),
  acceptInvitation: (_world, mount) => ({ body: { token: 'a-token', password, ...ownFields[mount] } }),
  disableMember: ({ ids }, mount) => ({ body: {}, id: ids[mount] }),
  enableMember: ({ ids }, mount) => ({ body: {}, id: ids[mount] }),
  impersonate: ({ ids }) => ({ body: { reason: 'because' }, id: ids.users }),
  createUser: () => ({
    body: { email: 'made#@example.test', password, username: 'made#', name: 'Made', role: 'viewer' },
  }),
  replaceUserInBody: ({ ids }) => ({ body: { user_id: ids.users, ...whole } }),
  replaceUser: ({ ids }) => ({ body: whole, id: ids.users }),
  updateUser: ({ ids }) => ({ body: { name: 'Other' }, id: ids.users }),
  reassignDeleteUser: ({ ids, adminId }) => ({ body: { user_id: ids.users, reassign_to: adminId } }),
  createCollection: () => ({ body: { name: 'things_#', type: 'base', fields: { title: { type: 'text' } } } }),
  updateCollection: () => ({ body: { fields: { more: { type: 'text', optional: true } } } }),
  migrateCollection: () => ({ body: { fields: { more: { type: 'text', optional: true } } } }),
  createRecord: () => ({ body: { email: 'record#@example.test', password, ...ownFields.customers } }),
  updateRecord: ({ ids }) => ({ body: ownFields.customers, id: ids.customers }),
  updateSettings: () => ({ body: { password_min_length: 9 } }),
  setSetting: () => ({ body: { key: 'password_min_length', value: 9 } }),
  updateCollectionSettings: () => ({ body: { password_min_length: 9 } }),
  createToken: () => ({ body: { token_type: 'api_key', label: 'a key', scopes: ['content:read'] } }),
  updateToken: ({ keyId }) => ({ body: { label: 'another label' }, id: keyId }),
  addSshKey: () => ({ body: { public_key: sshKey(), label: 'a key' } }),
  createRole: () => ({ body: { label: 'made_role_#', description: 'A role', inherits: ['viewer'] } }),
  updateRole: ({ roleId }) => ({ body: { description: 'Another' }, id: roleId }),
  createPermission: () => ({ body: { label: 'made#:read', description: 'A permission' } }),
  updatePermission: ({ permissionId }) => ({ body: { description: 'Another' }, id: permissionId }),
  addRolePermission: () => ({ body: { role: 'looked_at', permission: 'content:read' } }),
  addRoleAssignment: ({ adminId }) => ({ body: { user_id: adminId, role: 'looked_at' } }),
  checkPermission: () => ({ body: { permission: 'content:read' } }),
} as const satisfies Partial<Record<RouteName, (world: BodyWorld, mount: Mount) => Sending>>

const ownFields = {
  users: { username: 'somebody#', name: 'Somebody' },
  customers: { company: 'Acme', seats: 3 },
} as const
const called = (mount: Mount, username: string) => (mount === 'users' ? { username } : {})
const whole = { username: 'whole#', name: 'Somebody', email: 'other#@example.test' }
/** Another one each time that it is asked for: a key belongs to one account, once. */
function sshKey(): string {
  const kind = 'ssh-ed25519'
  const lengthOf = (bytes: number) => Buffer.from([0, 0, 0, bytes])
  const key = Buffer.concat([lengthOf(kind.length), Buffer.from(kind), lengthOf(32), randomBytes(32)])
  return `${kind} ${key.toString('base64')} a@b`
}

/** Routes that take a body of JSON. */
const bodyRouteNames = Object.entries<RouteContract>(routeContracts)
  .filter(([, { body, foreignForm }]) => body !== null && foreignForm !== true)
  .map(([name]) => name as RouteName)

/** Where each of them is served that is proved: those of principals for the built-in users, and for customers. */
export const bodyTargets: readonly { readonly name: RouteName; readonly mount: Mount; readonly title: string }[] =
  bodyRouteNames.flatMap((name) => {
    const { method, mount, path } = routeContracts[name]
    const mounts = mount === 'auth' ? (['users', 'customers'] as const) : (['customers'] as const)
    return mounts.map((each) => ({
      name,
      mount: each,
      title: `${method} ${path}${mount === 'auth' ? ` of ${each}` : ''}`,
    }))
  })

export function bodyRoute(world: BodyWorld, { name, mount, title }: (typeof bodyTargets)[number]): BodyRoute {
  const contract: RouteContract = routeContracts[name]
  const sendingOf: ((world: BodyWorld, mount: Mount) => Sending) | undefined = (
    sendings as Partial<Record<RouteName, (world: BodyWorld, mount: Mount) => Sending>>
  )[name]
  if (sendingOf === undefined) throw new Error(`${name} takes a body: write one down`)
  const { body, as = contract.access === 'public' ? 'nobody' : 'admin', id = '' } = sendingOf(world, mount)
  const auth = mount === 'users' ? '/api/v1/auth' : '/api/v1/collections/customers/auth'
  const at = { auth, api: '/api/v1', root: '', site: '' }[contract.mount]
  const bearers = { nobody: undefined, admin: world.admin, own: world.bearers[mount] }
  const filled = contract.path.replace(
    '{name}',
    name === 'updateCollection' || name === 'migrateCollection' ? 'orders' : 'customers',
  )
  return { name, title, contract, body, path: `${at}${filled.replace('{id}', id)}`, bearer: bearers[as] }
}

/** Makes an admin, and what requests name. */
export async function prepareBodies(app: ProofApp): Promise<BodyWorld> {
  const { auth, send } = app
  const root = { email: 'root@example.test', password, username: 'root', name: 'Root' }
  await auth.createFirstAdmin(root)
  const login = send('POST', '/api/v1/auth/login', { body: { email: root.email, password } })
  const { body: signedIn } = await expecting(200, login)
  const admin = String(signedIn['access_token'])
  const make = async (path: string, body: object): Promise<Body> =>
    (await expecting(201, send('POST', path, { bearer: admin, body }))).body
  await make('/api/v1/collections', { name: 'orders', type: 'base', fields: { title: { type: 'text' } } })
  const role = await make('/api/v1/roles', { label: 'looked_at' })
  const permission = await make('/api/v1/permissions', { label: 'looked:read' })
  const key = await make('/api/v1/tokens', { token_type: 'api_key', label: 'a key', scopes: ['content:read'] })
  const world = {
    admin,
    adminId: String(signedIn['user_id']),
    roleId: String(role['id'] ?? role['role_id']),
    permissionId: String(permission['id'] ?? permission['permission_id']),
    keyId: String(key['id']),
  }
  const nobody = { users: '', customers: '' }
  const empty = { emails: nobody, ids: nobody, bearers: nobody, refreshTokens: nobody, invitationIds: nobody }
  return await withOthers(app, { ...world, ...empty }, ['users', 'customers'])
}

/** The same with another user or customer, whose session and password are as they were made. */
export async function withOthers(app: ProofApp, world: BodyWorld, mounts: readonly Mount[]): Promise<BodyWorld> {
  let result = world
  for (const mount of mounts) {
    const { send } = app
    const path = mount === 'users' ? '/api/v1/auth' : '/api/v1/collections/customers/auth'
    const email = numbered(`known#@${mount}.test`)
    const { body } = await expecting(201, send('POST', `${path}/register`, { body: { email, password } }))
    const guest = { bearer: world.admin, body: { email: numbered(`guest#@${mount}.test`) } }
    const invited = await expecting(201, send('POST', `${path}/invitations`, guest))
    result = {
      ...result,
      emails: { ...result.emails, [mount]: email },
      ids: { ...result.ids, [mount]: String((body['user'] as Body)['id']) },
      bearers: { ...result.bearers, [mount]: String(body['access_token']) },
      refreshTokens: { ...result.refreshTokens, [mount]: String(body['refresh_token']) },
      invitationIds: { ...result.invitationIds, [mount]: String(invited.body['id']) },
    }
  }
  await app.settle()
  return result
}

let numbers = 0

/** A text with a number of its own for `#`, so that what has to be unique is. */
function numbered(text: string): string {
  numbers += 1
  return text.replaceAll('#', String(numbers))
}

/** A body with a number of its own: what it makes is not there yet. */
export function withNumber(body: unknown): unknown {
  numbers += 1
  return JSON.parse(JSON.stringify(body).replaceAll('#', String(numbers)))
}
