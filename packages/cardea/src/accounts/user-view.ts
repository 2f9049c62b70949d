import type { AnyCollection, CollectionRow } from '@cardea/collections'
import type { HeldRole, Subject } from '@cardea/permissions'
import type { SubjectOptions } from '@cardea/permissions/stored'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { principalIdOf } from './principal-of.js'

/** Versions that came with a read, so that roles need no further statement while nothing changed. */
export interface SeenVersions {
  readonly authz: number
  readonly policy: number
}

/** What a subject is asked for by a principal's id and versions that were seen. */
export function subjectOf(
  services: Services,
  principalId: string,
  versions: SeenVersions | undefined,
  options?: SubjectOptions,
): Promise<Subject<string>> {
  return services.policy.subject(
    principalId,
    versions === undefined ? undefined : { authzVersion: versions.authz, policyVersion: versions.policy },
    options,
  )
}

/** A record as served; the built-in users carry their roles. */
export async function viewUser(
  services: Services,
  collection: AnyCollection,
  record: CollectionRow,
  versions: SeenVersions | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const view = services.records.present(collection, record)
  if (collection.name !== usersName) return view
  return { ...view, ...roleFields((await subjectOf(services, principalIdOf(record), versions)).roles) }
}

/** The first role by label stands for all where a client knows of one only. */
function roleFields(roles: readonly HeldRole[]): Readonly<Record<string, unknown>> {
  return { role: roles[0]?.label ?? null, role_id: roles[0]?.id ?? null, roles: roles.map((role) => role.label) }
}
