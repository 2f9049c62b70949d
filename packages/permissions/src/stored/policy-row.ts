import { CardeaError, eq } from '@cardea/core'
import { authz, type StorageOperations } from '@cardea/storage'

const policyRow = eq('id', 'authz')

/**
 * Takes the policy mutex until the transaction ends, without making any node load the policy again.
 *
 * Adding nothing to the version is an UPDATE all the same, and an UPDATE takes the row's lock in every database. Only what
 * changes roles, permissions or grants moves the version ({@link advancePolicy}); who holds which role does not.
 */
export async function lockPolicy(transaction: StorageOperations): Promise<void> {
  await moveVersion(transaction, 0)
}

/**
 * Takes the policy mutex and moves the policy version: the first statement of every change of the policy.
 *
 * @returns The new version, which the changed roles carry as `changed_version`.
 */
export async function advancePolicy(transaction: StorageOperations): Promise<number> {
  await moveVersion(transaction, 1)
  return await readPolicyVersion(transaction)
}

export async function readPolicyVersion(operations: StorageOperations): Promise<number> {
  const row = await operations.findOne(authz, { where: policyRow })
  if (row === undefined) throw missing()
  return row.policy_version
}

async function moveVersion(transaction: StorageOperations, by: number): Promise<void> {
  const rows = await transaction.update(authz, { where: policyRow, increment: { policy_version: by } })
  if (rows !== 1) throw missing()
}

const missing = (): CardeaError =>
  new CardeaError('schema_outdated', 'the one row of cardea_authz is missing: migrate the database')
