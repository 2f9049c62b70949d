import type { EventType } from '../api/events.js'
import type { Services } from '../services/services.js'

/** Tells what happened to an API key or an SSH key. */
export function emitKeyEvent(
  { emit, clock }: Services,
  type: Extract<EventType, `${'api' | 'ssh'}_key.${string}`>,
  key: { readonly id: string; readonly principalId: string; readonly collection: string },
): void {
  emit({ type, at: clock(), collection: key.collection, principalId: key.principalId, keyId: key.id })
}
