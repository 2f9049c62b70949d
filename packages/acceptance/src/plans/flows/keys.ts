import { secureRandom } from '@cardea/core/crypto'
import type { RouteName } from '@cardea/http/contract'
import { base, expecting, type Flow, refusing, unknownId } from '../flow.js'
import type { Person, World } from '../world.js'

const field = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
/** A key that nobody has: any 32 bytes have the form of one. */
const newPublicKey = (): string =>
  `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(secureRandom(32))]).toString('base64')}`

/** An admin, whose rights the node knows, and a viewer. */
async function people(world: World): Promise<readonly [admin: Person, other: Person]> {
  const [admin, other] = [await world.signUp(), await world.signUp()]
  await world.auth.permissions.assign(admin.id, 'admin')
  await world.send('GET', `${base}/tokens`, { bearer: admin.access })
  return [admin, other]
}

/** A request about a key that its caller has, or somebody else. */
const onKey = (
  route: RouteName,
  name: string,
  owner: 'own' | 'other',
  [method, path, status, body]: readonly [string, (id: string) => string, number, object?],
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const [admin, other] = await people(world)
    const principalId = owner === 'own' ? admin.id : other.id
    const { apiKey } = await world.auth.apiKeys.create({ principalId })
    const sent = { bearer: admin.access, ...(body === undefined ? {} : { body }) }
    return () => expecting(status, world.send(method, `${base}${path(apiKey.id)}`, sent))
  },
})

const making = (
  name: string,
  status: number,
  body: (other: Person) => object,
  by: 'session' | 'key' | 'viewer' = 'session',
): Flow => ({
  name,
  route: 'createToken',
  prepare: async (world) => {
    const [admin, other] = await people(world)
    const { key } = await world.auth.apiKeys.create({ principalId: admin.id })
    if (by === 'viewer') await world.send('GET', `${base}/tokens`, { bearer: other.access })
    const bearer = { session: admin.access, key, viewer: other.access }[by]
    // The note that the key is in use is made once.
    await world.observe(() => world.send('GET', `${base}/auth/me`, { bearer: key }))
    return () => expecting(status, world.send('POST', `${base}/tokens`, { bearer, body: body(other) }))
  },
})

const guarded = (name: string, mode: 'strict' | 'stateless', scopes: readonly ['content:read'] | null): Flow => ({
  name,
  prepare: async (world) => {
    const auth = mode === 'strict' ? world.auth : world.start(mode)
    await auth.ready()
    const { id } = await world.signUp()
    const { key } = await auth.apiKeys.create({ principalId: id, scopes })
    const act = async (): Promise<void> => {
      const result = await auth.verify({ bearerToken: key })
      if (!result.authenticated) throw new Error(result.code)
      const subject = await auth.permissions.subject(result.authentication)
      if (!subject.can('content:read') || subject.can('content:create')) throw new Error('not the rights of a viewer')
    }
    // Its use is noted by the first request, and its owner's roles are known from then on.
    await world.observe(act)
    return act
  },
})

const sshKey = (
  route: RouteName,
  name: string,
  owner: 'own' | 'other',
  [method, path, status]: readonly [string, (key: { readonly id: string; readonly owner: string }) => string, number],
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const [admin, other] = await people(world)
    const principalId = owner === 'own' ? admin.id : other.id
    const { id } = await world.auth.sshKeys.add({ principalId, publicKey: newPublicKey() })
    const url = `${base}${path({ id, owner: principalId })}`
    return () => expecting(status, world.send(method, url, { bearer: admin.access }))
  },
})

const addingSshKey = (name: string, status: number, about: 'own' | 'other' | 'taken'): Flow => ({
  name,
  route: 'addSshKey',
  prepare: async (world) => {
    const [admin, other] = await people(world)
    const body = { public_key: newPublicKey(), ...(about === 'other' ? { user_id: other.id } : {}) }
    if (about === 'taken') await world.auth.sshKeys.add({ principalId: other.id, publicKey: body.public_key })
    return () => expecting(status, world.send('POST', `${base}/ssh-keys`, { bearer: admin.access, body }))
  },
})

/** A key with two generations below it. */
async function makeTree(world: World) {
  const [admin, other] = await people(world)
  const { apiKeys } = world.auth
  const root = await apiKeys.create({ principalId: admin.id })
  let by = await world.auth.verify({ bearerToken: root.key })
  for (const principalId of [admin.id, other.id]) {
    if (!by.authenticated) throw new Error(by.code)
    // Only keys without scopes that an admin made go on.
    const { key } = await apiKeys.create({ principalId }, by.authentication)
    by = await world.auth.verify({ bearerToken: key })
  }
  return { admin, root: root.apiKey }
}

export const keyFlows: readonly Flow[] = [
  making('make an API key', 201, () => ({ label: 'deploy' })),
  making('make an API key with scopes', 201, () => ({ scopes: ['content:read', 'media:*'] })),
  making('make an API key for another', 201, ({ id }) => ({ user_id: id, scopes: ['content:read'] })),
  making('make an API key for nobody', 404, () => ({ user_id: unknownId })),
  making('make an API key: unknown scope', 422, () => ({ scopes: ['content:raed'] })),
  making('make an API key: forbidden', 403, () => ({}), 'viewer'),
  making('make an API key with an API key', 201, () => ({}), 'key'),
  onKey('listTokens', 'list API keys', 'own', ['GET', () => '/tokens', 200]),
  {
    name: 'list API keys of another',
    route: 'listTokens',
    prepare: async (world) => {
      const [admin, other] = await people(world)
      const url = `${base}/tokens?user_id=${other.id}`
      return () => expecting(200, world.send('GET', url, { bearer: admin.access }))
    },
  },
  onKey('showToken', 'show an API key', 'own', ['GET', (id) => `/tokens/${id}`, 200]),
  onKey('showToken', 'show an API key of another', 'other', ['GET', (id) => `/tokens/${id}`, 200]),
  onKey('showToken', 'show an unknown API key', 'own', ['GET', () => `/tokens/${unknownId}`, 404]),
  onKey('updateToken', 'relabel an API key', 'own', ['PUT', (id) => `/tokens/${id}`, 200, { label: 'other' }]),
  onKey('updateToken', 'revoke an API key', 'own', ['PUT', (id) => `/tokens/${id}`, 200, { revoked: true }]),
  onKey('deleteToken', 'delete an API key', 'own', ['DELETE', (id) => `/tokens/${id}`, 204]),
  {
    name: 'revoke an API key with all it has made',
    prepare: async (world) => {
      const { root } = await makeTree(world)
      return () => world.auth.apiKeys.revoke(root.id)
    },
  },
  {
    name: 'disable an admin with API keys',
    prepare: async (world) => {
      const { admin } = await makeTree(world)
      return () => world.auth.users.disable(admin.id)
    },
  },
  guarded('guarded request by API key', 'strict', null),
  guarded('guarded request by API key with scopes', 'strict', ['content:read']),
  guarded('guarded request by API key, in stateless mode', 'stateless', ['content:read']),
  {
    name: 'me by API key, a minute later: use is noted',
    route: 'me',
    prepare: async (world) => {
      const { id } = await world.signUp()
      const { key } = await world.auth.apiKeys.create({ principalId: id })
      await world.observe(() => world.send('GET', `${base}/auth/me`, { bearer: key }))
      world.time.now += 61_000
      return () => expecting(200, world.send('GET', `${base}/auth/me`, { bearer: key }))
    },
  },
  {
    name: 'an API key on a route for sessions',
    route: 'listOwnSessions',
    prepare: async (world) => {
      const { id } = await world.signUp()
      const { key } = await world.auth.apiKeys.create({ principalId: id })
      await world.observe(() => world.send('GET', `${base}/auth/me`, { bearer: key }))
      return () => expecting(403, world.send('GET', `${base}/auth/sessions`, { bearer: key }))
    },
  },
  {
    name: 'a mistyped API key',
    route: 'me',
    prepare: async (world) => () => expecting(401, world.send('GET', `${base}/auth/me`, { bearer: 'cardea_mistyped' })),
  },
  {
    name: 'make an API key: as many as there can be',
    prepare: async (world) => {
      const { id } = await world.signUp()
      for (let made = 0; made < 100; made += 1) await world.auth.apiKeys.create({ principalId: id })
      return () => refusing('conflict', world.auth.apiKeys.create({ principalId: id }))
    },
  },
  {
    name: 'find, list and relabel API keys',
    prepare: async (world) => {
      const { id } = await world.signUp()
      const { apiKeys } = world.auth
      const { apiKey } = await apiKeys.create({ principalId: id })
      return async () => {
        await apiKeys.find(apiKey.id)
        await apiKeys.list(id)
        await apiKeys.relabel(apiKey.id, 'other')
        await apiKeys.delete(apiKey.id)
      }
    },
  },
  addingSshKey('add an SSH key', 201, 'own'),
  addingSshKey('add an SSH key to another', 201, 'other'),
  addingSshKey('add an SSH key: taken', 409, 'taken'),
  {
    name: 'add an SSH key to another, by somebody who is no admin',
    route: 'addSshKey',
    prepare: async (world) => {
      const [, other] = await people(world)
      const keeper = await world.signUp()
      await world.policy.createRole({ label: `keeper${keeper.username}` })
      await world.policy.grant(`keeper${keeper.username}`, 'ssh_keys:create')
      await world.auth.permissions.assign(keeper.id, `keeper${keeper.username}`)
      await world.auth.permissions.subject(keeper.id)
      await world.auth.permissions.subject(other.id)
      const body = { public_key: newPublicKey(), user_id: other.id }
      await world.send('GET', `${base}/ssh-keys`, { bearer: keeper.access })
      return () => expecting(201, world.send('POST', `${base}/ssh-keys`, { bearer: keeper.access, body }))
    },
  },
  sshKey('listSshKeys', 'list SSH keys', 'own', ['GET', () => '/ssh-keys', 200]),
  sshKey('listSshKeys', 'list SSH keys of another', 'other', ['GET', ({ owner }) => `/ssh-keys?user_id=${owner}`, 200]),
  sshKey('deleteSshKey', 'remove an SSH key', 'own', ['DELETE', ({ id }) => `/ssh-keys/${id}`, 204]),
  sshKey('deleteSshKey', 'remove an SSH key of another', 'other', ['DELETE', ({ id }) => `/ssh-keys/${id}`, 204]),
  {
    name: 'find the owner of an SSH key',
    prepare: async (world) => {
      const { id } = await world.signUp()
      const { sshKeys } = world.auth
      const { fingerprint } = await sshKeys.add({ principalId: id, publicKey: newPublicKey() })
      return () => sshKeys.findByFingerprint(fingerprint)
    },
  },
]
