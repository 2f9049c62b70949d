import { and, eq, isNull, oneOf } from '@cardea/core'
import { apiKeys, type StorageOperations } from '@cardea/storage'

/** How many ids one condition names. */
const portion = 500

/**
 * Revokes keys, and all that were made with them.
 *
 * A level is marked before its children are looked for, and a key is made only after its parent's row was taken
 * unrevoked: so whoever comes first, no child is left behind.
 *
 * @returns How many were revoked; those that were before do not count.
 */
export async function revokeApiKeys(
  transaction: StorageOperations,
  ids: readonly string[],
  now: number,
): Promise<number> {
  let revoked = 0
  let level = [...ids]
  while (level.length > 0) {
    const next: string[] = []
    for (let start = 0; start < level.length; start += portion) {
      const some = level.slice(start, start + portion)
      revoked += await transaction.update(apiKeys, {
        where: and(oneOf('id', some), isNull('revoked_at')),
        set: { revoked_at: now },
      })
      // A child that was revoked before has none that lives, since its own were revoked with it.
      const children = await transaction.find(apiKeys, {
        where: and(oneOf('parent_id', some), isNull('revoked_at')),
        limit: 'all',
      })
      next.push(...children.map(({ id }) => id))
    }
    level = next
  }
  return revoked
}

/** Revokes all keys of a principal, which its transaction has locked or changed before. @returns How many. */
export async function revokeApiKeysOf(
  transaction: StorageOperations,
  principalId: string,
  now: number,
): Promise<number> {
  const rows = await transaction.find(apiKeys, {
    where: and(eq('principal_id', principalId), isNull('revoked_at')),
    limit: 'all',
  })
  return await revokeApiKeys(
    transaction,
    rows.map(({ id }) => id),
    now,
  )
}
