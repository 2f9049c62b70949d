import { eq } from '@cardea/core'
import {
  apiKeys,
  credentials,
  devices,
  factors,
  identities,
  principals,
  type StorageOperations,
  sshKeys,
  verifications,
} from '@cardea/storage'
import { forgiven } from './principals.js'

/** Everything by which a principal is recognised, but its identifiers. */
const proofTables = [credentials, identities, factors, apiKeys, sshKeys, verifications, devices] as const

/**
 * Takes from a principal whatever it could prove itself with: password, accounts at providers, second factors, API and
 * SSH keys, pending secrets, known devices. The caller holds the principal's lock, and ends its sessions.
 */
export async function forgetProofs(transaction: StorageOperations, principalId: string): Promise<void> {
  for (const table of proofTables) await transaction.delete(table, eq('principal_id', principalId))
  await transaction.update(principals, {
    where: eq('id', principalId),
    set: { second_factors: 0, ...forgiven },
  })
}
