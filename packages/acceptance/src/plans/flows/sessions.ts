import { base, expecting, type Flow } from '../flow.js'
import { type Person, password, type World } from '../world.js'

/** An admin, whose rights the node knows, and a user. */
async function people(world: World): Promise<readonly [admin: Person, user: Person]> {
  const [admin, user] = [await world.signUp(), await world.signUp()]
  await world.auth.permissions.assign(admin.id, 'admin')
  await world.send('GET', `${base}/sessions?user_id=${user.id}`, { bearer: admin.access })
  return [admin, user]
}

const act = (world: World, admin: Person, user: Person, status: number) => {
  const sent = { bearer: admin.access, body: { reason: 'ticket 7' } }
  return expecting(status, world.send('POST', `${base}/users/${user.id}/impersonate`, sent))
}

export const sessionFlows: readonly Flow[] = [
  {
    name: 'list sessions of a user',
    route: 'listUserSessions',
    prepare: async (world) => {
      const [admin, user] = await people(world)
      return () => expecting(200, world.send('GET', `${base}/users/sessions?q=${user.id}`, { bearer: admin.access }))
    },
  },
  {
    name: 'act as a user',
    route: 'impersonate',
    prepare: async (world) => {
      const [admin, user] = await people(world)
      return () => act(world, admin, user, 200)
    },
  },
  {
    name: 'act as a user: without the permission',
    route: 'impersonate',
    prepare: async (world) => {
      const [admin, user] = await people(world)
      return () => act(world, user, admin, 403)
    },
  },
  {
    name: 'a request of somebody who acts as a user',
    prepare: async (world) => {
      const [admin, user] = await people(world)
      const bearer = String((await act(world, admin, user, 200)).body['access_token'])
      return () => expecting(200, world.send('GET', `${base}/auth/me`, { bearer }))
    },
  },
  {
    name: 'sign in where sessions are few, and one makes room',
    prepare: async (world) => {
      const auth = world.start('strict', 'HS256', { maxPerPrincipal: 1 })
      await auth.ready()
      const { email } = await world.signUp()
      // What else a first sign-in does at a node is done.
      await world.observe(() => auth.users.login({ email, password }))
      return () => auth.users.login({ email, password })
    },
  },
]
