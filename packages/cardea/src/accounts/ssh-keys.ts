import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { SshKeyView } from '@cardea/identity'
import { parseSshPublicKey } from '@cardea/identity/later'
import type { ClientDetails } from '@cardea/sessions'
import { actorBehind } from '../administration/asked-by.js'
import type { SshKeyInput } from '../api/keys.js'
import type { PermissionsApi } from '../api/permissions.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { invalidInput } from './invalid-input.js'
import { emitKeyEvent } from './key-events.js'
import { requireLabel } from './key-label.js'
import { makeKeyWithNotice } from './key-notices.js'
import { lookUpSession } from './look-up-session.js'
import { assertNotActing } from './own-session.js'

/** Adds a public key; whoever has the private one is its owner from then on. */
export async function addSshKey(
  services: Services,
  permissions: PermissionsApi<string>,
  input: SshKeyInput,
  by: Authentication | undefined,
  context: ClientDetails | undefined,
): Promise<SshKeyView> {
  const { principalId } = input
  if (!isUuid(principalId)) throw new CardeaError('not_found', 'There is no such principal.')
  const parsed = parseSshPublicKey(input.publicKey)
  if (!parsed.valid) throw invalidInput([{ path: 'public_key', code: 'invalid_format', message: parsed.message }])
  const label = input.label ?? parsed.key.comment
  requireLabel(label)
  if (by !== undefined) assertNotActing(by)
  if (by !== undefined) await requireMayAdd(services, permissions, by, principalId)
  const added = await makeKeyWithNotice(services, 'ssh_key_added', context, (along) =>
    services.sshKeys.add({ principalId, key: parsed.key, label }, along),
  )
  emitKeyEvent(services, 'ssh_key.added', added)
  return added
}

async function requireMayAdd(
  services: Services,
  permissions: PermissionsApi<string>,
  by: Authentication,
  principalId: string,
): Promise<void> {
  // It would have all rights of its owner, whatever the scopes of the API key are.
  if (by.apiKey !== undefined) throw new CardeaError('forbidden', 'An API key cannot add SSH keys.')
  // Nor may an access token of a session that has ended.
  await lookUpSession(services, by)
  if (by.principalId === principalId) return
  const actor = await permissions.subject(by)
  if (!actor.canUnchecked('ssh_keys:create')) {
    throw new CardeaError('forbidden', 'This needs the permission ssh_keys:create.')
  }
  if (actor.bypass) return
  // In every tenant: the key signs in wherever the account does.
  await services.storage.transaction((transaction) =>
    services.policy.assertCovers(transaction, principalId, actorBehind(by)),
  )
}
