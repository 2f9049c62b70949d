import type { GrantRecord, PermissionRecord, RoleRecord } from '@cardea/permissions/stored'
import type { NewEvent } from '../api/events.js'
import type {
  ByWhom,
  GrantInput,
  ListedPermission,
  PermissionChanges,
  PermissionInput,
  RoleChanges,
  RoleInput,
} from '../api/permissions.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { actorOf, askedBy } from './asked-by.js'
import { listedPermission } from './catalogue.js'

export async function createRole(services: Services, input: RoleInput, { by }: ByWhom): Promise<RoleRecord> {
  const role = await services.policy.createRole(input, await actorOf(services, by))
  tell(services, by, { type: 'role.created', role: role.label })
  return role
}

export async function updateRole(
  services: Services,
  labelOrId: string,
  input: RoleChanges,
  { by }: ByWhom,
): Promise<RoleRecord> {
  const { policy } = services
  const before = input.label === undefined ? undefined : await policy.findRole(labelOrId)
  const role = await policy.updateRole(labelOrId, input, await actorOf(services, by))
  const fields = fieldsOf(input)
  if (fields.length > 0)
    tell(services, by, { type: 'role.updated', role: role.label, fields, ...renamed(before, role) })
  return role
}

export async function deleteRole(services: Services, labelOrId: string, { by }: ByWhom): Promise<void> {
  const { label } = await services.policy.deleteRole(labelOrId, await actorOf(services, by))
  tell(services, by, { type: 'role.deleted', role: label })
}

export async function addGrant(
  services: Services,
  role: string,
  permission: string | { readonly id: string },
  { by, ...options }: GrantInput,
): Promise<GrantRecord> {
  const named = typeof permission === 'string' ? permission : permission.id
  const grant = await services.policy.grant(role, named, { ...options, ...(await actorOf(services, by)) })
  tell(services, by, { type: 'grant.added', ...ofGrant(grant) })
  return grant
}

export async function removeGrant(services: Services, id: string, { by }: ByWhom): Promise<void> {
  const grant = await services.policy.revoke(id, await actorOf(services, by))
  tell(services, by, { type: 'grant.removed', ...ofGrant(grant) })
}

export async function createPermission(
  services: Services,
  input: PermissionInput,
  { by }: ByWhom,
): Promise<ListedPermission> {
  const permission = await services.policy.createPermission(input, await actorOf(services, by))
  tell(services, by, { type: 'permission.created', permission: permission.label })
  return listedPermission(services, permission)
}

export async function updatePermission(
  services: Services,
  labelOrId: string,
  input: PermissionChanges,
  { by }: ByWhom,
): Promise<ListedPermission> {
  const { policy } = services
  const before = input.label === undefined ? undefined : await policy.findPermission(labelOrId)
  const permission = await policy.updatePermission(labelOrId, input, await actorOf(services, by))
  const fields = fieldsOf(input)
  if (fields.length > 0) {
    const { label } = permission
    tell(services, by, { type: 'permission.updated', permission: label, fields, ...renamed(before, permission) })
  }
  return listedPermission(services, permission)
}

export async function deletePermission(services: Services, labelOrId: string, { by }: ByWhom): Promise<void> {
  const { label } = await services.policy.deletePermission(labelOrId, await actorOf(services, by))
  tell(services, by, { type: 'permission.deleted', permission: label })
}

const ofGrant = ({ effect, permission, roleLabel }: GrantRecord) => ({ role: roleLabel, permission, effect })

type PolicyEvent = Extract<NewEvent, { readonly type: `${'role' | 'grant' | 'permission'}.${string}` }>

/** What an event of the policy says of its own. */
type Told = PolicyEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'at' | 'collection' | 'principalId'>
    : never
  : never

/**
 * Reports what has changed. Everybody's rights may have, so that all are forgotten that this node remembers for requests which
 * carry no versions; the policy itself tells the others.
 */
function tell(services: Services, by: Authentication | undefined, told: Told): void {
  services.subjects.forgetAll()
  const common = { at: services.clock(), collection: null, principalId: null, ...askedBy(by, null) }
  // A union of events without what all have, and that.
  services.emit({ ...told, ...common } as NewEvent)
}

const fieldsOf = (input: object): readonly string[] =>
  Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]))

const renamed = (
  before: Pick<RoleRecord | PermissionRecord, 'label'> | undefined,
  after: Pick<RoleRecord | PermissionRecord, 'label'>,
) => (before === undefined || before.label === after.label ? {} : { previous: before.label })
