import type { TestDatabase } from '../databases.js'
import type { Account } from './account.js'

/** Sessions that a client was handed, and of which the audit knows nothing. */
export async function findUnaudited(
  { query }: Pick<TestDatabase, 'query'>,
  accounts: readonly Account[],
): Promise<readonly string[]> {
  const rows = await query("select session_id from cardea_audit where type = 'sign_in.succeeded'")
  const audited = new Set(rows.map(({ session_id: id }) => String(id)))
  return accounts.flatMap(({ sessions }) => sessions.map(({ id }) => id)).filter((id) => !audited.has(id))
}
