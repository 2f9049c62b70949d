import type { PermissionSnapshotAnswer } from '@cardea/http/contract'
import { subjectFromSnapshot } from '@cardea/permissions'
import type { ReactClient } from './react-client.js'

/** Asks what somebody may. */
export type Ask = (permission: string, object?: object | null, field?: string) => boolean

/** What the user of a client may, as far as it is known. */
export interface PermissionStore {
  /** What was found for a user; undefined until then. The same function until there is another answer. */
  get(user: object): Ask | undefined
  readonly subscribe: (listener: () => void) => () => void
  /** Finds out for a user, once however often it is asked. */
  load(user: object): void
}

const stores = new WeakMap<ReactClient, PermissionStore>()

/** One store for each client, so that it is asked once for all components. */
export function permissionStoreOf(client: ReactClient): PermissionStore {
  const known = stores.get(client)
  if (known !== undefined) return known
  const made = createPermissionStore(client)
  stores.set(client, made)
  return made
}

function createPermissionStore({ auth }: ReactClient): PermissionStore {
  const listeners = new Set<() => void>()
  let found: { readonly user: object; readonly ask: Ask } | undefined
  let asked: object | undefined
  return {
    get: (user) => (found !== undefined && isSame(found.user, user) ? found.ask : undefined),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    load: (user) => {
      if (asked === user) return
      asked = user
      auth.permissions().then(
        (snapshot) => {
          if (asked !== user) return
          found = { user, ask: askOf(snapshot) }
          for (const listener of Array.from(listeners)) listener()
        },
        () => {
          // Nothing is allowed until it is known; whoever asks next tries again.
          if (asked === user) asked = undefined
        },
      )
    },
  }
}

/** Another object for the same user, as after a change of a name, leaves what was found for as long as there is nothing newer. */
export const isSame = (one: object, other: object): boolean =>
  one === other || ('id' in one && 'id' in other && one.id === other.id)

/** What a snapshot answers. */
export function askOf(snapshot: PermissionSnapshotAnswer): Ask {
  // The contract says what the engine says; their types do not know of each other.
  const subject = subjectFromSnapshot(snapshot as Parameters<typeof subjectFromSnapshot>[0])
  return (permission, object, field) => subject.canUnchecked(permission, object, field)
}
