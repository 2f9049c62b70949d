import { CardeaError, type ErrorCode, eq, isCardeaError, matches, param } from '@cardea/core'
import { type FindOneQuery, type FindQuery, type Found, identifiers, type StorageOperations } from '@cardea/storage'
import { type PrincipalState, toPrincipalState } from '../principal/principal-state.js'

/** A value by which principals of a collection sign in. */
export interface Identifier {
  readonly collection: string
  /** `email`, `username`, `phone`, … */
  readonly kind: string
  /** The normalised value, of at most 255 bytes; compared byte by byte. */
  readonly key: string
}

/** Everything that a sign-in needs to know, as it was in one moment. */
export interface IdentifiedPrincipal {
  readonly principal: PrincipalState
  /** Absent where the principal has no password. */
  readonly credential: { readonly principalId: string; readonly hash: string; readonly changedAt: number } | undefined
  /** What caches are checked against. */
  readonly versions: { readonly authz: number; readonly policy: number; readonly config: number }
}

const included = { principal: true, credential: true, authz: true } as const
type Row = Found<typeof identifiers, typeof included>

const byKey: FindOneQuery<typeof identifiers, typeof included> = {
  where: matches({ collection: param('collection'), kind: param('kind'), key: param('key') }),
  include: included,
}

const byPrincipal: FindQuery<typeof identifiers, typeof included> = {
  where: eq('principal_id', param('principalId')),
  include: included,
  limit: 1,
}

/**
 * Gives a principal an identifier.
 *
 * @throws CardeaError `email_taken`, `username_taken` or, for other kinds, `conflict` when somebody has it.
 */
export async function addIdentifier(
  transaction: StorageOperations,
  identifier: Identifier & { readonly principalId: string },
): Promise<void> {
  const { collection, kind, key, principalId } = identifier
  await takenAsConflict(kind, () =>
    transaction.insert(identifiers, { collection, kind, key, principal_id: principalId }),
  )
}

/** Finds who signs in by an identifier, with password hash and epoch as they are at the same moment: one statement. */
export async function findByIdentifier(
  storage: StorageOperations,
  identifier: Identifier,
): Promise<IdentifiedPrincipal | undefined> {
  const { collection, kind, key } = identifier
  const row = await storage.findOne(identifiers, byKey, { collection, kind, key })
  return row === undefined ? undefined : toIdentifiedPrincipal(row)
}

/**
 * The same for a principal that is known already, as when it proves its password again: one statement.
 *
 * @returns Undefined also for a principal without any identifier, which cannot sign in with a password.
 */
export async function findIdentifiedPrincipal(
  storage: StorageOperations,
  principalId: string,
): Promise<IdentifiedPrincipal | undefined> {
  const [row] = await storage.find(identifiers, byPrincipal, { principalId })
  return row === undefined ? undefined : toIdentifiedPrincipal(row)
}

/**
 * Changes an identifier of a principal.
 *
 * @returns Whether the principal had the identifier that was to be replaced.
 * @throws CardeaError `email_taken`, `username_taken` or `conflict` when somebody has the new one.
 */
export async function replaceIdentifier(
  transaction: StorageOperations,
  identifier: Identifier & { readonly principalId: string; readonly newKey: string },
): Promise<boolean> {
  const { collection, kind, key, principalId, newKey } = identifier
  const changed = await takenAsConflict(kind, () =>
    transaction.update(identifiers, {
      where: matches({ collection, kind, key, principal_id: principalId }),
      set: { key: newKey },
    }),
  )
  return changed === 1
}

/** Takes an identifier from a principal. @returns Whether the principal had it. */
export async function removeIdentifier(
  transaction: StorageOperations,
  identifier: Identifier & { readonly principalId: string },
): Promise<boolean> {
  const { collection, kind, key, principalId } = identifier
  return (await transaction.delete(identifiers, matches({ collection, kind, key, principal_id: principalId }))) === 1
}

function toIdentifiedPrincipal(row: Row): IdentifiedPrincipal {
  const { principal, credential, authz } = row
  return {
    principal: toPrincipalState(principal),
    credential:
      credential === null
        ? undefined
        : { principalId: principal.id, hash: credential.hash, changedAt: credential.changed_at },
    versions: {
      authz: principal.authz_version,
      policy: authz.policy_version,
      config: authz.config_version,
    },
  }
}

/** The primary key is the only unique one of the table, so a violation always means "taken". */
async function takenAsConflict<Result>(kind: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (!isCardeaError(cause, 'unique_violation')) throw cause
    const message = `this ${labelOf(kind)} is taken`
    const code = takenCodes.get(kind)
    if (code !== undefined) throw new CardeaError(code, message, { cause })
    // The kind is the name of the field.
    throw new CardeaError('conflict', message, { cause, issues: [{ path: kind, code: 'taken', message: 'is taken' }] })
  }
}

const takenCodes: ReadonlyMap<string, ErrorCode> = new Map([
  ['email', 'email_taken'],
  ['username', 'username_taken'],
])

const labelOf = (kind: string): string => (kind === 'email' ? 'e-mail address' : kind)
