import { lazy } from '@cardea/core'
import type { KeyChangesDeps } from './change-keys.js'
import type { LazyKeyRing } from './lazy-key-ring.js'
import type { PublishedKeys, SigningKeyView } from './signing-key-view.js'

/** The key pairs that sign access tokens. */
export interface SigningKeys {
  /**
   * Makes the first key where there is none, and learns all of them, before the first token. Nothing with HS256.
   *
   * @returns Whether the key that signs can be opened.
   */
  prepare(): Promise<boolean>
  /** Public halves of all keys that count or will; undefined with HS256. From memory, no older than five minutes. */
  published(): Promise<PublishedKeys | undefined>
  list(): Promise<readonly SigningKeyView[]>
  /**
   * Makes the next key. It signs after having been published for a while, or with `now` at once; the one before is accepted
   * until its last token is over.
   *
   * @throws CardeaError `method_disabled` with HS256.
   */
  rotate(options?: { readonly now?: boolean | undefined }): Promise<SigningKeyView>
  /** Ends a key and all its tokens at once. @returns Undefined when there is no such key. */
  retire(id: string): Promise<SigningKeyView | undefined>
  /** Makes the next key when `rotateEverySeconds` says so, and removes keys a week after they were over. Nothing with HS256. @returns Whether anything has changed. */
  tend(): Promise<boolean>
  /** Has this node look again before it uses a key. */
  forget(): void
}

// Most apps sign with HS256 and never have a use for these.
const loadChanges = lazy(() => import('./change-keys.js'))
const loadPublic = lazy(() => import('./published-keys.js'))

export function bindSigningKeys(deps: KeyChangesDeps, ring: LazyKeyRing): SigningKeys {
  const pairs = deps.signing.algorithm !== 'HS256'
  const list = async (): Promise<readonly SigningKeyView[]> => await (await loadChanges()).listKeys(deps)
  const forget = (): void => ring.forget()
  const view = async (id: string): Promise<SigningKeyView | undefined> => (await list()).find((key) => key.id === id)
  return {
    prepare: async () => {
      if (!pairs) return true
      const { made, opens } = await (await loadChanges()).ensureFirstKey(deps)
      if (made) forget()
      await (await ring.load()).rows()
      return opens
    },
    published: async () => (pairs ? (await loadPublic()).publishedKeys(await (await ring.load()).rows()) : undefined),
    list,
    rotate: async ({ now = false } = {}) => {
      const id = await (await loadChanges()).rotateKeys(deps, { now })
      forget()
      const made = await view(id)
      if (made === undefined) throw new TypeError('the key that was made is gone')
      return made
    },
    retire: async (id) => {
      if (!(await (await loadChanges()).retireKey(deps, id))) return undefined
      forget()
      return await view(id)
    },
    tend: async () => {
      if (!pairs || !(await (await loadChanges()).tendKeys(deps))) return false
      forget()
      return true
    },
    forget,
  }
}
