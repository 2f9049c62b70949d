import { and, eq, oneOf } from '@cardea/core'
import { identifiers, identities, type StorageOperations } from '@cardea/storage'
import type { PreparedUser } from './prepare-user.js'

/**
 * Whose each value is that only one user can have: what users sign in by, and their accounts at providers. Whoever is written
 * is added, so that the next one of the batch sees it.
 */
export type Taken = Map<string, string>

export const identifierKey = ({ kind, key }: { readonly kind: string; readonly key: string }): string =>
  JSON.stringify(['identifier', kind, key])

export const identityKey = ({ provider, subject }: { readonly provider: string; readonly subject: string }): string =>
  JSON.stringify(['identity', provider, subject])

/** All that nobody else may have. */
export const keysOf = (user: PreparedUser): readonly string[] => [
  ...user.identifiers.map(identifierKey),
  ...user.identities.map(identityKey),
]

/** Looks for all users of a batch at once: a statement for each kind. */
export async function findTaken(
  transaction: StorageOperations,
  collection: string,
  users: readonly PreparedUser[],
): Promise<Taken> {
  const taken: Taken = new Map()
  const kinds = Map.groupBy(
    users.flatMap((user) => user.identifiers),
    ({ kind }) => kind,
  )
  for (const [kind, ofKind] of kinds) {
    const keys = ofKind.map(({ key }) => key)
    const where = and(eq('collection', collection), eq('kind', kind), oneOf('key', keys))
    for (const row of await transaction.find(identifiers, { where, limit: 'all' })) {
      taken.set(identifierKey(row), row.principal_id)
    }
  }
  const providers = Map.groupBy(
    users.flatMap((user) => user.identities),
    ({ provider }) => provider,
  )
  for (const [provider, ofProvider] of providers) {
    const subjects = ofProvider.map(({ subject }) => subject)
    const where = and(eq('collection', collection), eq('provider', provider), oneOf('subject', subjects))
    for (const row of await transaction.find(identities, { where, limit: 'all' })) {
      taken.set(identityKey(row), row.principal_id)
    }
  }
  return taken
}
