import { base, expecting, type Flow, unknownId } from '../flow.js'
import { password, type World } from '../world.js'

const check = (
  name: string,
  status: number,
  question: (world: World, own: string) => object,
  by: 'admin' | 'self',
): Flow => ({
  name,
  route: 'checkPermission',
  prepare: async (world) => {
    const account = await world.signUp()
    let bearer = account.access
    if (by === 'admin') {
      const { body } = await world.send('POST', `${base}/auth/login`, { body: { username: 'admin', password } })
      bearer = String(body['access_token'])
    }
    const body = question(world, account.id)
    const ask = () => expecting(status, world.send('POST', `${base}/authz/check`, { bearer, body }))
    // What everybody may do is known to the node from the first time on.
    await ask()
    return ask
  },
})

/** Asking what somebody may do. */
export const authzFlows: readonly Flow[] = [
  check('ask what one may do', 200, () => ({ permission: 'content:read', resource: { id: '7' } }), 'self'),
  check('ask what another may do', 200, (_world, user_id) => ({ permission: 'content:read', user_id }), 'admin'),
  check('ask what nobody may do', 404, () => ({ permission: 'content:read', user_id: unknownId }), 'admin'),
  check('ask what another may do: forbidden', 403, () => ({ permission: 'content:read', user_id: unknownId }), 'self'),
]
