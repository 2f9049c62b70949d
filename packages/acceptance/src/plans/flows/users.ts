import type { RouteName } from '@cardea/http/contract'
import { identities } from '@cardea/storage'
import { base, expecting, type Flow, unknownId } from '../flow.js'
import { type Person, password, type World } from '../world.js'

const next = 'another long password'

interface People {
  readonly admin: Person
  readonly other: Person
  /** An account at a provider that signs the other one in. */
  readonly link: string
}

let links = 0

/** An admin, whose rights the node knows, and a viewer. */
async function people(world: World): Promise<People> {
  const [admin, other] = [await world.signUp(), await world.signUp()]
  await world.auth.permissions.assign(admin.id, 'admin')
  await world.send('GET', `${base}/tokens`, { bearer: admin.access })
  links += 1
  const link = `0190a1b2-c3d4-7e5f-8a9b-${String(links).padStart(12, '0')}`
  await world.storage.insert(identities, {
    id: link,
    principal_id: other.id,
    collection: 'users',
    provider: 'company',
    subject: `administered ${links}`,
    email: null,
    tokens: null,
    created_at: world.time.now,
    updated_at: world.time.now,
  })
  return { admin, other, link }
}

type Path = (people: People) => string

/** A request of an admin about somebody else. */
const asked = (
  route: RouteName,
  name: string,
  [method, path, status, body]: readonly [string, Path, number, ((people: People) => object)?],
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const all = await people(world)
    const sent = { bearer: all.admin.access, ...(body === undefined ? {} : { body: body(all) }) }
    return () => expecting(status, world.send(method, `${base}${path(all)}`, sent))
  },
})

const users: Path = () => '/users'
const ofOther: Path = ({ other }) => `/users/${other.id}`
const whole = ({ other }: People) => ({ username: other.username, name: 'New', email: other.email })

let made = 0
const newUser = (role?: string) => {
  made += 1
  const own = { email: `made${made}@example.test`, username: `made${made}`, password }
  return role === undefined ? own : { ...own, role }
}

const place = (...values: readonly unknown[]): string => Buffer.from(JSON.stringify(values)).toString('base64url')

/** Administration of users. */
export const userFlows: readonly Flow[] = [
  asked('listUsers', 'list users', ['GET', users, 200]),
  asked('listUsers', 'list users, and how many there are', ['GET', () => '/users?limit=20', 200]),
  asked('listUsers', 'list users, on from a place', ['GET', () => `/users?limit=20&cursor=${place('p3000')}`, 200]),
  asked('listUsers', 'list users by a username', ['GET', () => '/users?filter[username][eq]=name77', 200]),
  asked('listUsers', 'list users by an address', [
    'GET',
    ({ other }) => `/users?filter[email][eq]=${other.email}`,
    200,
  ]),
  asked('listUsers', 'list users by ids', ['GET', ({ other }) => `/users?filter[id][in]=p7,p77,${other.id}`, 200]),
  asked('listUsers', 'search users', ['GET', () => '/users?search=name777&cursor=&limit=20&sort=-created_at', 200]),
  {
    name: 'list users: forbidden',
    route: 'listUsers',
    prepare: async (world) => {
      const { access } = await world.signUp()
      return () => expecting(403, world.send('GET', `${base}/users`, { bearer: access }))
    },
  },
  asked('showUser', 'look at a user', ['GET', ofOther, 200]),
  asked('showUser', 'look at a user that there is not', ['GET', () => `/users/${unknownId}`, 404]),
  asked('listUserProfiles', 'list users with all that they have', ['GET', () => '/users/full?cursor=&limit=50', 200]),
  asked('showUserProfile', 'look at all that a user has', ['GET', ({ other }) => `/users/full?q=${other.id}`, 200]),
  asked('createUser', 'make a user', ['POST', users, 201, () => newUser()]),
  asked('createUser', 'make a user with a role', ['POST', users, 201, () => newUser('editor')]),
  asked('createUser', 'make a user: address taken', [
    'POST',
    users,
    409,
    ({ other }) => ({ ...newUser(), email: other.email }),
  ]),
  asked('replaceUserInBody', 'change the name of a user', [
    'PUT',
    () => '/users/',
    200,
    (all) => ({ user_id: all.other.id, ...whole(all), name: 'Other' }),
  ]),
  asked('replaceUser', 'change a username of a user', [
    'PUT',
    ofOther,
    200,
    (all) => ({ ...whole(all), username: `${all.other.username}-2` }),
  ]),
  asked('replaceUser', 'send a user back as it is', [
    'PUT',
    ofOther,
    200,
    (all) => ({ ...whole(all), role: 'viewer' }),
  ]),
  asked('updateUser', 'change the role of a user', ['PATCH', ofOther, 200, () => ({ role: 'editor' })]),
  asked('updateUser', 'change the password of a user', ['PATCH', ofOther, 200, () => ({ password: next })]),
  asked('updateUser', 'change the address of a user', [
    'PATCH',
    ofOther,
    200,
    ({ other }) => ({ email: `changed-${other.email}` }),
  ]),
  asked('updateUser', 'disable a user', ['PATCH', ofOther, 200, () => ({ status: 'disabled' })]),
  {
    name: 'change the password of an admin: forbidden',
    route: 'updateUser',
    prepare: async (world) => {
      const { admin, other } = await people(world)
      const { key } = await world.auth.apiKeys.create({ principalId: admin.id, scopes: ['users:update'] })
      await world.auth.permissions.assign(other.id, 'admin')
      await world.observe(() => world.send('GET', `${base}/auth/me`, { bearer: key }))
      const sent = { bearer: key, body: { password: next } }
      return () => expecting(403, world.send('PATCH', `${base}/users/${other.id}`, sent))
    },
  },
  asked('deleteUser', 'delete a user', ['DELETE', ofOther, 204]),
  asked('deleteUser', 'delete a user that there is not', ['DELETE', () => `/users/${unknownId}`, 404]),
  asked('reassignDeleteUser', 'delete a user and give what it owned to another', [
    'POST',
    () => '/users/reassign-delete',
    200,
    ({ admin, other }) => ({ user_id: other.id, reassign_to: admin.id }),
  ]),
  asked('listIdentityLinks', 'list accounts at providers', ['GET', () => '/usersoauth?cursor=&limit=20', 200]),
  asked('listIdentityLinks', 'list the accounts at providers of a user', [
    'GET',
    ({ other }) => `/usersoauth?user_id=${other.id}&limit=20&offset=20`,
    200,
  ]),
  asked('removeIdentityLink', 'take an account at a provider from a user', [
    'DELETE',
    ({ link }) => `/usersoauth/${link}`,
    204,
  ]),
]
