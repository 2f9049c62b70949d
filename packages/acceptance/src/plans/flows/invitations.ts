import type { RouteName } from '@cardea/http/contract'
import { base, expecting, type Flow } from '../flow.js'
import { type Person, password, type World } from '../world.js'

interface Invited {
  readonly admin: Person
  readonly id: string
  readonly email: string
  readonly token: string
}

const invitations = `${base}/auth/invitations`

/** An admin, whose rights the node knows. */
async function adminOf(world: World): Promise<Person> {
  const admin = await world.signUp()
  await world.auth.permissions.assign(admin.id, 'admin')
  await world.send('GET', `${base}/tokens`, { bearer: admin.access })
  return admin
}

/** Somebody who was invited by an admin. */
async function invited(world: World, body: object = {}): Promise<Invited> {
  const admin = await adminOf(world)
  const { email } = world.fresh()
  const sent = { bearer: admin.access, body: { email, ...body } }
  const got = await expecting(201, world.send('POST', invitations, sent))
  const [, token] = /#token=([^&\s]+)/.exec(await world.mailTo(email)) ?? []
  if (token === undefined) throw new Error('no link in the mail')
  return { admin, id: String(got.body['id']), email, token }
}

const inviting = (name: string, status: number, body: (world: World) => Promise<object>): Flow => ({
  name,
  route: 'createInvitation',
  prepare: async (world) => {
    const admin = await adminOf(world)
    const sent = { bearer: admin.access, body: await body(world) }
    return () => expecting(status, world.send('POST', invitations, sent))
  },
})

const administering = (
  route: RouteName,
  name: string,
  [method, path, status]: readonly [string, (one: Invited) => string, number],
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const one = await invited(world)
    const sent = { bearer: one.admin.access, ...(method === 'POST' ? { body: {} } : {}) }
    return () => expecting(status, world.send(method, `${invitations}${path(one)}`, sent))
  },
})

const accepting = (name: string, status: number, prepare: (world: World) => Promise<object>): Flow => ({
  name,
  route: 'acceptInvitation',
  prepare: async (world) => {
    const body = await prepare(world)
    return () => expecting(status, world.send('POST', `${invitations}/accept`, { body }))
  },
})

const joining = (world: World, token: string) => {
  const { username, name } = world.fresh()
  return { token, username, name, password }
}

const members = (
  route: RouteName,
  name: string,
  [method, path, status]: readonly [string, (other: Person) => string, number],
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const admin = await adminOf(world)
    const other = await world.signUp()
    const sent = { bearer: admin.access, ...(method === 'POST' ? { body: {} } : {}) }
    return () => expecting(status, world.send(method, `${base}/auth/users/${other.id}${path(other)}`, sent))
  },
})

/** Invitations, and administration of those who have come. */
export const invitationFlows: readonly Flow[] = [
  inviting('invite somebody', 201, async (world) => ({ email: world.fresh().email })),
  inviting('invite somebody with a role', 201, async (world) => ({ email: world.fresh().email, role: 'editor' })),
  inviting('invite somebody: address proved', 409, async (world) => {
    const own = world.fresh()
    await world.auth.users.create(own, { verified: true })
    return { email: own.email }
  }),
  administering('listInvitations', 'list invitations', ['GET', () => '', 200]),
  administering('listInvitations', 'list invitations, and how many', ['GET', () => '?limit=1', 200]),
  administering('listInvitations', 'list invitations, on from a place', [
    'GET',
    () => `?limit=20&cursor=${Buffer.from('["a@example.test"]').toString('base64url')}`,
    200,
  ]),
  administering('resendInvitation', 'send an invitation again', ['POST', ({ id }) => `/${id}/resend`, 200]),
  administering('revokeInvitation', 'revoke an invitation', ['DELETE', ({ id }) => `/${id}`, 204]),
  accepting('accept an invitation', 201, async (world) => joining(world, (await invited(world)).token)),
  accepting('accept an invitation of the app', 201, async (world) => {
    const { email } = await world.auth.users.invitations.create({ email: world.fresh().email })
    const [, token = ''] = /#token=([^&\s]+)/.exec(await world.mailTo(email)) ?? []
    return joining(world, token)
  }),
  // The role wants a second factor.
  accepting('accept an invitation with a role', 401, async (world) =>
    joining(world, (await invited(world, { role: 'editor' })).token),
  ),
  accepting('take an account over by an invitation: never verified', 201, async (world) => {
    const { email, token } = await invited(world)
    await world.auth.users.create({ ...world.fresh(), email })
    return joining(world, token)
  }),
  accepting('accept an invitation: used', 401, async (world) => {
    const { token } = await invited(world)
    await expecting(201, world.send('POST', `${invitations}/accept`, { body: joining(world, token) }))
    return joining(world, token)
  }),
  {
    name: 'register by an invitation',
    route: 'register',
    prepare: async (world) => {
      const { email, token } = await invited(world)
      const body = { ...world.fresh(), email, invitation_token: token }
      return () => expecting(201, world.send('POST', `${base}/auth/register`, { body }))
    },
  },
  {
    name: 'send the mail of an invitation',
    mails: true,
    prepare: async (world) => {
      const { email } = world.fresh()
      await world.holdingMails(() => world.auth.users.invitations.create({ email }))
      return () => world.auth.jobs.run()
    },
  },
  members('disableMember', 'disable a member', ['POST', () => '/disable', 204]),
  members('enableMember', 'enable a member', ['POST', () => '/enable', 204]),
  members('resetMemberMfa', 'take the second factor from a member', ['DELETE', () => '/mfa', 204]),
  members('listMemberSessions', 'list the sessions of a member', ['GET', () => '/sessions', 200]),
  members('endMemberSessions', 'end the sessions of a member', ['DELETE', () => '/sessions', 204]),
  members('endMemberSessions', 'end a session of a member', [
    'DELETE',
    ({ sessionId }) => `/sessions?session_id=${sessionId}`,
    204,
  ]),
]
