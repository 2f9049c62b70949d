import type { ApiKeyView, SshKeyView } from 'cardea'
import type { ApiKeyAnswer, SshKeyAnswer } from '../contract/answers.js'
import { toIso } from './instant.js'

const toIsoOrNull = (milliseconds: number | null): string | null => (milliseconds === null ? null : toIso(milliseconds))

/** An API key as served: nothing of its secret. */
export function apiKeyAnswer(key: ApiKeyView): ApiKeyAnswer {
  return {
    id: key.id,
    user_id: key.principalId,
    token_type: 'api_key',
    label: key.label,
    scopes: key.scopes,
    issued_at: toIso(key.createdAt),
    expires_at: toIsoOrNull(key.expiresAt),
    revoked: key.revokedAt !== null,
    last_used_at: toIsoOrNull(key.lastUsedAt),
    last_used_ip: key.lastUsedIp,
    created_at: toIso(key.createdAt),
  }
}

/** An SSH key as served. */
export function sshKeyAnswer(key: SshKeyView): SshKeyAnswer {
  return {
    id: key.id,
    user_id: key.principalId,
    label: key.label,
    type: key.type,
    fingerprint: key.fingerprint,
    public_key: key.publicKey,
    created_at: toIso(key.createdAt),
  }
}
