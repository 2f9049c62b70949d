import type { PermissionSnapshotAnswer } from '@cardea/http/contract'
import type { SessionState } from '../session/session-state.js'

/** As much of a client as hooks need: any that `createClient` makes. */
export interface ReactClient {
  readonly auth: {
    state(): SessionState<object>
    readonly subscribe: (listener: () => void) => () => void
    load(): Promise<SessionState<object>>
    restore(user: never): void
    permissions(): Promise<PermissionSnapshotAnswer>
  }
  /** Carries the types; holds nothing. */
  readonly $types?: { readonly user: object; readonly permission: string }
}

/** The user of a client. */
export type UserOf<Client extends ReactClient> = NonNullable<Client['$types']>['user']
/** The permissions of a client's app. */
export type PermissionOf<Client extends ReactClient> = NonNullable<Client['$types']>['permission']
