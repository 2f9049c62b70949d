import { CardeaError } from '@cardea/core'
import type { PublishedKeys, SigningKeyView } from '@cardea/sessions'
import type { Services } from '../services/services.js'

/**
 * The key pairs that sign access tokens, where `sessions.accessTokens.algorithm` is `EdDSA` or `ES256`. Never shows a private
 * half.
 */
export interface SigningKeysApi {
  /** All of them, retired ones for a week, in the order in which they begin to sign. One statement. */
  list(): Promise<readonly SigningKeyView[]>
  /**
   * Makes the next key. It is published at once and signs after `publishSeconds`; the one before is accepted until the last
   * token that it signed is over.
   *
   * @param options.now Signs at once. Services that remember the key set may refuse new tokens until they look again.
   * @throws CardeaError `method_disabled` with HS256, `unavailable`.
   */
  rotate(options?: { readonly now?: boolean }): Promise<SigningKeyView>
  /**
   * Ends a key that may be in the wrong hands, and every token that it signed: at once on this node, within five minutes on
   * others. Where it is the one that signs, the next one or a new one does so from now on.
   *
   * @throws CardeaError `not_found`, `unavailable`.
   */
  retire(id: string): Promise<SigningKeyView>
  /** The public halves of all keys that count or will, as `/.well-known/jwks.json` serves them; undefined with HS256. */
  published(): Promise<PublishedKeys | undefined>
}

export function bindSigningKeys({ sessions: { keys }, changes, clock, emit }: Services): SigningKeysApi {
  const tell = (type: 'signing_key.rotated' | 'signing_key.retired', keyId: string): void => {
    changes.publish('keys')
    emit({ type, at: clock(), collection: null, principalId: null, keyId })
  }
  return Object.freeze<SigningKeysApi>({
    list: () => keys.list(),
    rotate: async (options = {}) => {
      const made = await keys.rotate(options)
      tell('signing_key.rotated', made.id)
      return made
    },
    retire: async (id) => {
      const retired = await keys.retire(id)
      if (retired === undefined) throw new CardeaError('not_found', 'There is no such key.')
      tell('signing_key.retired', id)
      return retired
    },
    published: () => keys.published(),
  })
}
