import { eq, param } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { versionedPrincipals } from './tables.js'

/** The versions that a request saw, both in one statement: of the principal's assignments and of the policy. */
export interface SeenVersions {
  /** `authz_version` of the principal. */
  readonly authzVersion: number
  /** `policy_version` of `cardea_authz`. */
  readonly policyVersion: number
}

const query = { where: eq('id', param('id')), include: { authz: true } } as const

/** Reads both versions as of one instant; undefined when there is no such principal. */
export async function readVersions(
  operations: StorageOperations,
  principalId: string,
): Promise<SeenVersions | undefined> {
  const row = await operations.findOne(versionedPrincipals, query, { id: principalId })
  return row === undefined ? undefined : { authzVersion: row.authz_version, policyVersion: row.authz.policy_version }
}

export const sameVersions = (a: SeenVersions, b: SeenVersions): boolean =>
  a.authzVersion === b.authzVersion && a.policyVersion === b.policyVersion

/** Whether versions are at least as new as others. */
export const coversVersions = (a: SeenVersions, b: SeenVersions): boolean =>
  a.authzVersion >= b.authzVersion && a.policyVersion >= b.policyVersion

/** The least that an answer must know: what the one who asks has seen or made before. */
export interface MinimumVersion {
  readonly policy: number
  readonly authz?: number
}

/** Whether versions are at least as new as asked for. */
export const meetsMinimum = (versions: SeenVersions, minimum: MinimumVersion | undefined): boolean =>
  minimum === undefined || (versions.policyVersion >= minimum.policy && versions.authzVersion >= (minimum.authz ?? 0))
