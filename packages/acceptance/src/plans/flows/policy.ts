import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import { defineRoles } from '@cardea/permissions'
import { type Actor, createStoredPolicy } from '@cardea/permissions/stored'
import { cmsPreset } from 'cardea/presets/cms'
import { type Flow, refusing } from '../flow.js'
import type { World } from '../world.js'

const acme = { tenant: 'plans' }

const createId = createUuidV7(() => Date.now(), secureRandom)

let made = 0

/** Somebody who administrates roles, a role that he may give, one of a tenant, and a principal that has neither. */
async function prepared(world: World) {
  made += 1
  const { policy, storage } = world
  const [keeper, other] = [await world.signUp(), await world.signUp()]
  const boss = await policy.createRole({ label: `boss${made}`, inherits: ['viewer'] })
  await policy.grant(boss.id, 'content:*')
  const target = await policy.createRole({ label: `target${made}` })
  const grant = await policy.grant(target.id, 'content:update')
  const own = await policy.createRole({ ...acme, label: `own${made}`, inherits: [target.id] })
  await policy.grant(own.id, 'content:read')
  const give = (id: string, role: string, scope = {}) =>
    storage.transaction((transaction) => policy.assign(transaction, id, role, { scope }))
  await give(keeper.id, boss.id)
  const by: Actor = (within, options) => within.subject(keeper.id, undefined, options)
  // The policy is known from here on.
  await policy.subject(keeper.id)
  const { permissions: catalogue } = cmsPreset
  const [payer, approver] = [boss.label, target.label]
  const roles = defineRoles(
    catalogue,
    { [payer]: {}, [approver]: {} },
    { separationOfDuty: [{ name: 'payments', roles: [payer, approver], fewerThan: 2, kind: 'static' }] },
  )
  /** The same policy as code sees it that keeps both roles apart. */
  const apart = createStoredPolicy({ storage, clock: () => world.time.now, createId, catalogue, roles })
  return { policy, apart, storage, keeper, other, boss, target, grant, own, give, by }
}

type Prepared = Awaited<ReturnType<typeof prepared>>

const flow = (
  name: string,
  act: (prepared: Prepared) => Promise<unknown>,
  before: (prepared: Prepared) => Promise<unknown> = async () => undefined,
): Flow => ({
  name,
  prepare: async (world) => {
    const all = await prepared(world)
    await before(all)
    return () => act(all)
  },
})

/** What is done to a policy by somebody whose rights are looked at, in tenants, and in pages. */
export const policyFlowsByActors: readonly Flow[] = [
  flow('give a role, by somebody', ({ policy, storage, other, target, by }) =>
    storage.transaction((transaction) => policy.assign(transaction, other.id, target.id, { by })),
  ),
  flow('give a role, by somebody: forbidden', ({ policy, storage, other, by }) =>
    refusing(
      'forbidden',
      storage.transaction((transaction) => policy.assign(transaction, other.id, 'admin', { by })),
    ),
  ),
  flow('give a role in a tenant', ({ give, other, own }) => give(other.id, own.id, acme)),
  flow(
    'take a role, by somebody',
    ({ policy, storage, other, target, by }) =>
      storage.transaction((transaction) => policy.unassign(transaction, other.id, target.id, { by })),
    ({ give, other, target }) => give(other.id, target.id),
  ),
  flow(
    'take an assignment',
    async ({ policy, storage, other }) => {
      const [assignment] = await policy.listAssignments({ principalId: other.id, limit: 1 })
      await policy.findAssignment(assignment?.id ?? '')
      await storage.transaction((transaction) => policy.removeAssignment(transaction, assignment?.id ?? ''))
    },
    ({ give, other, target }) => give(other.id, target.id),
  ),
  flow(
    'ask whether somebody covers another',
    ({ policy, storage, other, by }) =>
      storage.transaction((transaction) => policy.assertCovers(transaction, other.id, by)),
    ({ give, other, own }) => give(other.id, own.id, acme),
  ),
  flow(
    'check a permission in a tenant, nothing known',
    ({ policy, other }) => policy.subject(other.id, undefined, acme),
    ({ give, other, own }) => give(other.id, own.id, acme),
  ),
  flow(
    'check a permission in a tenant after a global role has changed',
    ({ policy, other }) => policy.subject(other.id, undefined, acme),
    async ({ policy, give, other, own, target }) => {
      await give(other.id, own.id, acme)
      await policy.subject(other.id, undefined, acme)
      await policy.grant(target.id, 'content:delete')
    },
  ),
  flow('read the versions', ({ policy, other }) => policy.versions(other.id)),
  flow('find who has a permission by role', ({ policy }) => policy.rolesWith('content:update', acme)),
  flow('find who has a permission in a tenant', ({ policy }) =>
    policy.whoCan('content:delete', { ...acme, limit: 10 }),
  ),
  flow('list the roles of a tenant', ({ policy }) => policy.listRoles(acme)),
  flow('make a role of a tenant, by somebody', ({ policy, target, by }) =>
    policy.createRole({ tenant: `tenant of ${target.id}`, label: 'own', inherits: [target.id] }, { by }),
  ),
  flow('change a role, by somebody', ({ policy, target, by }) =>
    policy.updateRole(target.id, { inherits: ['viewer'], description: 'x' }, { by }),
  ),
  flow('grant, by somebody', ({ policy, target, by }) => policy.grant(target.id, 'content:read', { by })),
  flow('take a grant, by somebody', ({ policy, grant, by }) => policy.revoke(grant.id, { by })),
  flow('delete a role, by somebody', ({ policy, own }) => policy.deleteRole(own.id)),
  flow('list the holders of a role in pages', async ({ policy }) => {
    const viewer = await policy.findRole('viewer')
    const page = await policy.listAssignments({ roleId: viewer?.id, limit: 100 })
    await policy.listAssignments({ roleId: viewer?.id, limit: 100, after: page.at(-1)?.id })
  }),
  flow('list all assignments in pages', async ({ policy }) => {
    const page = await policy.listAssignments({ limit: 100 })
    await policy.listAssignments({ limit: 100, after: page.at(-1)?.id })
  }),
  flow('list the assignments of a principal in pages', async ({ policy, keeper }) => {
    const page = await policy.listAssignments({ principalId: keeper.id, limit: 1 })
    await policy.listAssignments({ principalId: keeper.id, limit: 100, after: page.at(-1)?.id })
  }),
  flow('count assignments', async ({ policy, keeper, target }) => {
    await policy.countAssignments({ principalId: keeper.id })
    await policy.countAssignments({ roleId: target.id })
    await policy.countAssignments()
  }),
  flow(
    'change and delete a permission',
    async ({ policy, target }) => {
      const label = `${target.label}:use`
      const grant = await policy.grant(target.id, label)
      await policy.updatePermission(label, { label: `${target.label}:try`, description: 'x' })
      await refusing('conflict', policy.deletePermission(`${target.label}:try`))
      await policy.revoke(grant.id)
      await policy.findPermission(`${target.label}:try`)
      await policy.deletePermission(`${target.label}:try`)
    },
    ({ policy, target }) => policy.createPermission({ label: `${target.label}:use` }),
  ),
  flow('prune', ({ policy }) => policy.prune()),
  flow('give a role where a separation of duty is declared', ({ apart, storage, other, target }) =>
    storage.transaction((transaction) => apart.assign(transaction, other.id, target.id)),
  ),
  flow(
    'change what a role inherits where a separation of duty is declared',
    ({ apart, target, boss }) => refusing('conflict', apart.updateRole(target.id, { inherits: [boss.id] })),
    ({ give, other, target }) => give(other.id, target.id),
  ),
]
