import { eq, param } from '@cardea/core'
import { constantTimeEqual } from '@cardea/core/crypto'
import { apiKeys, type FindOneQuery, type Found, type StorageOperations } from '@cardea/storage'
import { activeStatus } from '../principal/principal-state.js'
import { type ApiKeyView, toApiKeyView } from './api-key-view.js'
import type { KeyFormat } from './key-format.js'
import type { NoteKeyUse } from './last-used.js'

/** Who is behind an API key. */
export interface VerifiedApiKey {
  readonly valid: true
  readonly principal: { readonly id: string; readonly collection: string }
  readonly apiKey: ApiKeyView
  /** What caches are checked against, read in the same statement. */
  readonly versions: { readonly authz: number; readonly policy: number; readonly config: number }
}

/** Why an API key does not count. */
export interface RefusedApiKey {
  readonly valid: false
  /** `token_expired` only for a key whose secret is right. */
  readonly code: 'token_invalid' | 'token_expired'
}

export type ApiKeyVerification = VerifiedApiKey | RefusedApiKey

const included = { principal: true, authz: true } as const

/** The read that every request with a key makes; storage prepares it once. */
const byId: FindOneQuery<typeof apiKeys, typeof included> = {
  where: eq('id', param('id')),
  include: included,
  often: true,
}

type KeyRow = Found<typeof apiKeys, typeof included>

const invalid: RefusedApiKey = Object.freeze({ valid: false, code: 'token_invalid' })
const expired: RefusedApiKey = Object.freeze({ valid: false, code: 'token_expired' })

export interface VerifyDeps {
  readonly operations: StorageOperations
  readonly format: KeyFormat
  readonly clock: () => number
  readonly noteUse: NoteKeyUse
}

export async function verifyApiKey(
  { operations, format, clock, noteUse }: VerifyDeps,
  key: unknown,
  collections: readonly string[],
  ip?: string | null,
): Promise<ApiKeyVerification> {
  const parsed = format.parse(key)
  if (parsed === undefined) return invalid
  const row = await operations.findOne(apiKeys, byId, { id: parsed.id })
  if (row === undefined || !constantTimeEqual(row.secret_hash, parsed.secretHash)) return invalid
  const now = clock()
  const refusal = refusalOf(row, collections, now)
  if (refusal !== undefined) return refusal
  noteUse(row, now, ip)
  const { principal, authz } = row
  return {
    valid: true,
    principal: { id: principal.id, collection: principal.collection },
    apiKey: toApiKeyView(row),
    versions: { authz: principal.authz_version, policy: authz.policy_version, config: authz.config_version },
  }
}

/** Why a key whose secret is right does not count; whatever is not as it should be refuses. */
function refusalOf(row: KeyRow, collections: readonly string[], now: number): RefusedApiKey | undefined {
  if (row.revoked_at !== null || row.principal.status !== activeStatus) return invalid
  if (!collections.includes(row.principal.collection) || !isScopes(row.scopes)) return invalid
  return row.expires_at === null || isAhead(now, row.expires_at) ? undefined : expired
}

/** What is no list of names, as in a row that something else has written, must not become "all". */
const isScopes = (scopes: unknown): boolean =>
  scopes === null || (Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string'))

/** False for everything that is not a plain instant, so that a broken expiry, or a broken clock, means expired. */
const isAhead = (now: number, instant: number): boolean => Number.isSafeInteger(instant) && now < instant
