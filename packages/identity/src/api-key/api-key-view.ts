import type { apiKeys, RowOf } from '@cardea/storage'

/** What may be known of an API key: no secret, and nothing that one could be found by. */
export interface ApiKeyView {
  readonly id: string
  readonly principalId: string
  /** Whose principal the owner is. */
  readonly collection: string
  readonly label: string
  /** Permissions and wildcards that the key is limited to; null for all that its owner may. */
  readonly scopes: readonly string[] | null
  /** The key that made it and with which it ends; null for none. */
  readonly parentId: string | null
  /** The principal that made it; null where its owner or the app's own code did. */
  readonly createdBy: string | null
  /** Instants are milliseconds since 1970; null for never. */
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  /** Exact to a minute. */
  readonly lastUsedAt: number | null
  /** Where that use came from; null where that is not known. */
  readonly lastUsedIp: string | null
  readonly createdAt: number
}

export function toApiKeyView(
  row: RowOf<typeof apiKeys> & { readonly principal: { readonly collection: string } },
): ApiKeyView {
  return {
    id: row.id,
    principalId: row.principal_id,
    collection: row.principal.collection,
    label: row.label,
    scopes: row.scopes,
    parentId: row.parent_id,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    lastUsedIp: row.last_used_ip,
    createdAt: row.created_at,
  }
}
