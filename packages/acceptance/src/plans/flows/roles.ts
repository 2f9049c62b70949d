import type { RouteName } from '@cardea/http/contract'
import { base, expecting, type Flow } from '../flow.js'
import type { Person, World } from '../world.js'

/** Everything that administration is about, just made. */
interface Scene {
  readonly admin: Person
  readonly other: Person
  /** The id of a role that nobody has, which inherits another and has a grant. */
  readonly role: string
  readonly grant: string
  /** The id of a permission of the app's own. */
  readonly permission: string
  /** The id of the assignment of another role to `other`. */
  readonly assignment: string
}

let made = 0
async function stage(world: World): Promise<Scene> {
  made += 1
  const { permissions } = world.auth
  const [admin, other] = [await world.signUp(), await world.signUp()]
  await permissions.assign(admin.id, 'admin')
  const parent = await permissions.roles.create({ label: `above${made}` })
  const role = await permissions.roles.create({ label: `below${made}`, inherits: [parent.label] })
  const grant = await permissions.grants.add(role.id, 'content:read')
  const permission = await permissions.catalogue.create({ label: `made${made}:use` })
  const assignment = await permissions.assign(other.id, parent.id)
  // The node knows by then what there is, and what the admin may do.
  await expecting(200, world.send('GET', `${base}/roles?limit=1`, { bearer: admin.access }))
  return { admin, other, role: role.id, grant: grant.id, permission: permission.id, assignment: assignment.id }
}

/** A request of an admin. */
const asking = (
  route: RouteName,
  name: string,
  [method, path, status, body]: readonly [string, (scene: Scene) => string, number, ((scene: Scene) => object)?],
  by: 'admin' | 'other' = 'admin',
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const scene = await stage(world)
    const sent = { bearer: scene[by].access, ...(body === undefined ? {} : { body: body(scene) }) }
    return () => expecting(status, world.send(method, `${base}${path(scene)}`, sent))
  },
})

/** Work in code, about what was just made. */
const coding = (name: string, work: (world: World, scene: Scene) => unknown): Flow => ({
  name,
  prepare: async (world) => {
    const scene = await stage(world)
    return async () => await work(world, scene)
  },
})

/** Roles, permissions, which of them belong together, and who has which. */
export const roleFlows: readonly Flow[] = [
  asking('listRoles', 'administration: list roles', ['GET', () => '/roles', 200]),
  asking('listRoles', 'administration: list roles: forbidden', ['GET', () => '/roles', 403], 'other'),
  asking('createRole', 'administration: make a role', [
    'POST',
    () => '/roles',
    201,
    ({ role }) => ({ label: `made of ${role}`.slice(0, 40), inherits: ['viewer'] }),
  ]),
  asking('showRole', 'administration: show a role', ['GET', ({ role }) => `/roles/${role}`, 200]),
  asking('updateRole', 'administration: change a role', [
    'PUT',
    ({ role }) => `/roles/${role}`,
    200,
    ({ role }) => ({ label: `changed ${role}`.slice(0, 40), inherits: ['viewer'] }),
  ]),
  asking('deleteRole', 'administration: remove a role', ['DELETE', ({ role }) => `/roles/${role}`, 204]),
  asking('listPermissions', 'administration: list permissions', ['GET', () => '/permissions?limit=10', 200]),
  asking('createPermission', 'administration: make a permission', [
    'POST',
    () => '/permissions',
    201,
    ({ role }) => ({ label: `p${role.replaceAll('-', '')}:use` }),
  ]),
  asking('showPermission', 'administration: show a permission', [
    'GET',
    ({ permission: id }) => `/permissions/${id}`,
    200,
  ]),
  asking('updatePermission', 'administration: change a permission', [
    'PUT',
    ({ permission: id }) => `/permissions/${id}`,
    200,
    () => ({ description: 'Use' }),
  ]),
  asking('deletePermission', 'administration: remove a permission', [
    'DELETE',
    ({ permission: id }) => `/permissions/${id}`,
    204,
  ]),
  asking('listRolePermissions', 'administration: list grants', [
    'GET',
    () => '/role-permissions?cursor=&limit=20',
    200,
  ]),
  asking('listRolePermissions', 'administration: list grants of a role, and how many', [
    'GET',
    ({ role }) => `/role-permissions?role_id=${role}&page=2`,
    200,
  ]),
  asking('listPermissionsOfRole', 'administration: list permissions of a role', [
    'GET',
    ({ role }) => `/role-permissions/role/?q=${role}`,
    200,
  ]),
  asking('addRolePermission', 'administration: grant', [
    'POST',
    () => '/role-permissions',
    201,
    ({ role, permission }) => ({ role_id: role, permission_id: permission }),
  ]),
  asking('showRolePermission', 'administration: show a grant', [
    'GET',
    ({ grant }) => `/role-permissions/${grant}`,
    200,
  ]),
  asking('removeRolePermission', 'administration: take a grant', [
    'DELETE',
    ({ grant }) => `/role-permissions/${grant}`,
    204,
  ]),
  asking('listRoleAssignments', 'administration: list who has roles', [
    'GET',
    () => '/role-assignments?cursor=&limit=20',
    200,
  ]),
  asking('listRoleAssignments', 'administration: list roles of a user, and how many', [
    'GET',
    ({ other }) => `/role-assignments?user_id=${other.id}&page=1&per_page=1`,
    200,
  ]),
  asking('listRoleAssignments', 'administration: list who has a role', [
    'GET',
    () => '/role-assignments?role_id=viewer&cursor=&limit=20',
    200,
  ]),
  asking('addRoleAssignment', 'administration: give a role', [
    'POST',
    () => '/role-assignments',
    201,
    ({ other, role }) => ({ user_id: other.id, role_id: role }),
  ]),
  asking('addRoleAssignment', 'administration: give a role in a tenant', [
    'POST',
    () => '/role-assignments',
    201,
    ({ other, role }) => ({ user_id: other.id, role_id: role, scope: { tenant: 'tenant0' } }),
  ]),
  asking('showRoleAssignment', 'administration: show a role of a user', [
    'GET',
    ({ assignment }) => `/role-assignments/${assignment}`,
    200,
  ]),
  asking('removeRoleAssignment', 'administration: take a role', [
    'DELETE',
    ({ assignment }) => `/role-assignments/${assignment}`,
    204,
  ]),
  coding('find who has a permission', (world) => world.auth.permissions.whoCan('content:publish')),
  coding('roles with a permission', (world) => world.auth.permissions.rolesWith('content:publish')),
  coding('report on permissions', (world) => world.auth.permissions.report()),
  coding('say what is needed', (world) => world.auth.permissions.needs(['content:read'], 'a flow')),
  coding('list assignments of a role, and how many', async (world) => {
    await world.auth.permissions.assignments.list({ role: 'viewer', limit: 10 })
    await world.auth.permissions.assignments.count({ role: 'viewer' })
  }),
]
