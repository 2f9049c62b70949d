import type { GrantRecord, RoleRecord } from '@cardea/permissions/stored'
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

export async function createRole(services: Services, input: RoleInput, { by }: ByWhom = {}): Promise<RoleRecord> {
  const role = await services.policy.createRole(input, await actorOf(services, by))
  tell(services, by, { type: 'role.created', role: role.label })
  return role
}

export async function updateRole(
  services: Services,
  labelOrId: string,
  input: RoleChanges,
  { by }: ByWhom = {},
): Promise<RoleRecord> {
  const { policy } = services
  const before = await policy.findRole(labelOrId)
  const role = await policy.updateRole(labelOrId, input, await actorOf(services, by))
  const changed = changesOf(before, role, ['label', 'description', 'inherits'])
  if (changed.fields.length > 0) tell(services, by, { type: 'role.updated', role: role.label, ...changed })
  return role
}

export async function deleteRole(services: Services, labelOrId: string, { by }: ByWhom = {}): Promise<void> {
  const { label } = await services.policy.deleteRole(labelOrId, await actorOf(services, by))
  tell(services, by, { type: 'role.deleted', role: label })
}

export async function addGrant(
  services: Services,
  role: string,
  permission: string | { readonly id: string },
  { by, ...options }: GrantInput = {},
): Promise<GrantRecord> {
  const named = typeof permission === 'string' ? permission : permission.id
  const grant = await services.policy.grant(role, named, { ...options, ...(await actorOf(services, by)) })
  tell(services, by, { type: 'grant.added', ...ofGrant(grant) })
  return grant
}

export async function removeGrant(services: Services, id: string, { by }: ByWhom = {}): Promise<void> {
  const grant = await services.policy.revoke(id, await actorOf(services, by))
  tell(services, by, { type: 'grant.removed', ...ofGrant(grant) })
}

export async function createPermission(
  services: Services,
  input: PermissionInput,
  { by }: ByWhom = {},
): Promise<ListedPermission> {
  const permission = await services.policy.createPermission(input, await actorOf(services, by))
  tell(services, by, { type: 'permission.created', permission: permission.label })
  return listedPermission(services, permission)
}

export async function updatePermission(
  services: Services,
  labelOrId: string,
  input: PermissionChanges,
  { by }: ByWhom = {},
): Promise<ListedPermission> {
  const { policy } = services
  const before = await policy.findPermission(labelOrId)
  const permission = await policy.updatePermission(labelOrId, input, await actorOf(services, by))
  const changed = changesOf(before, permission, ['label', 'description'])
  if (changed.fields.length > 0) {
    tell(services, by, { type: 'permission.updated', permission: permission.label, ...changed })
  }
  return listedPermission(services, permission)
}

export async function deletePermission(services: Services, labelOrId: string, { by }: ByWhom = {}): Promise<void> {
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
  services.emit({ ...told, ...common })
}

/** What is another than it was: clients send the whole of what they got, whatever they change of it. */
function changesOf<Item extends { readonly label: string }>(
  before: Item | undefined,
  after: Item,
  fields: readonly (keyof Item & string)[],
) {
  const changed = fields.filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after[field]))
  return {
    fields: changed,
    ...(before === undefined || before.label === after.label ? {} : { previous: before.label }),
  }
}
