import type { AuthCollection } from '@cardea/collections'
import { askedBy } from '../administration/asked-by.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import type { Differences } from './find-differences.js'

interface Change {
  readonly collection: AuthCollection
  readonly principalId: string
  readonly differences: Differences
  /** The label of the role that was given. */
  readonly given: string | undefined
  readonly by: Authentication | undefined
}

/** After the commit: sends the notices, tells other nodes, and reports what is different. */
export function tellOfChange(services: Services, { collection, principalId, differences, given, by }: Change): void {
  const { email, fields, identifiers, password, roles, status, verified } = differences
  const about = {
    at: services.clock(),
    collection: collection.name,
    principalId,
    ...askedBy(by, principalId),
  }
  services.mail.kick()
  const named = [...fields, ...(verified === undefined ? [] : ['verified'])]
  if (named.length > 0) services.emit({ type: 'user.updated', ...about, fields: named })
  for (const kind of identifiers) services.emit({ type: 'identifier.changed', ...about, reason: kind })
  if (email !== undefined) services.emit({ type: 'email.changed', ...about })
  if (password) services.emit({ type: 'password.changed', ...about })
  for (const { roleLabel } of roles?.taken ?? []) {
    services.emit({ type: 'role.unassigned', ...about, role: roleLabel })
  }
  if (given !== undefined) services.emit({ type: 'role.assigned', ...about, role: given })
  if (status !== undefined) {
    services.emit({ type: status === 'active' ? 'principal.enabled' : 'principal.disabled', ...about })
  }
  if (roles === undefined) return
  services.subjects.forget(principalId)
  services.changes.publish('policy')
}
