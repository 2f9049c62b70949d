'use client'
import type { PermissionSnapshotAnswer } from '@cardea/http/contract'
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from 'react'
import { type SessionState, signedOut, unknown } from '../session/session-state.js'
import { type Ask, askOf, isSame, permissionStoreOf } from './permission-store.js'
import type { PermissionOf, ReactClient, UserOf } from './react-client.js'

/** What a server knows already when it renders the page. It is part of the page, so it holds nothing that the user may not see. */
export interface InitialSession {
  /** What `GET /auth/me` answers; null for nobody. */
  readonly user: object | null
  /** What `GET /auth/me/permissions` answers. */
  readonly permissions?: PermissionSnapshotAnswer | undefined
}

/** What {@link AuthProvider} takes. */
export interface AuthProviderProps {
  readonly client: ReactClient
  /** Who is signed in, where a server has found that out. Without it, the browser asks once the page is there. */
  readonly initial?: InitialSession | undefined
  readonly children?: ReactNode
}

interface Provided {
  readonly client: ReactClient
  /** What counts as long as the client knows nothing by itself. */
  readonly first: SessionState<object>
  readonly firstAsk: Ask | undefined
}

const Context = createContext<Provided | undefined>(undefined)

/**
 * Gives the components below the session of a client, and asks who is signed in unless that is known.
 *
 * A client that is made at the top of a module is one for all requests of a server: while rendering there, only `initial` counts, and
 * nothing is asked.
 */
export function AuthProvider({ client, initial, children }: AuthProviderProps): ReactNode {
  const provided = useMemo<Provided>(() => {
    const user = initial?.user
    const first = user === undefined ? unknown : user === null ? signedOut : ({ status: 'signed-in', user } as const)
    const { permissions } = initial ?? {}
    return { client, first, firstAsk: permissions === undefined ? undefined : askOf(permissions) }
  }, [client, initial])
  useEffect(() => {
    if (client.auth.state().status !== 'unknown') return
    if (initial !== undefined) {
      // Whoever rendered the page had it from the same route.
      client.auth.restore(initial.user as never)
      return
    }
    loadOnce(client)
  }, [client, initial])
  return createElement(Context.Provider, { value: provided }, children)
}

const loading = new WeakSet<ReactClient>()

/** Asks who is signed in, once for both runs of StrictMode and for all providers. Where nobody answers, it stays unknown. */
function loadOnce(client: ReactClient): void {
  if (loading.has(client)) return
  loading.add(client)
  client.auth
    .load()
    .catch(() => undefined)
    .finally(() => loading.delete(client))
}

function useProvided(): Provided {
  const provided = useContext(Context)
  if (provided === undefined) throw new Error('There is no AuthProvider around this component.')
  return provided
}

function useSessionOf<User>({ client, first }: Provided): SessionState<User> {
  const { auth } = client
  const now = (): SessionState<object> => {
    const state = auth.state()
    return state.status === 'unknown' ? first : state
  }
  // Whoever names a client says of which type its user is.
  return useSyncExternalStore(auth.subscribe, now, () => first) as SessionState<User>
}

/**
 * Who is signed in: `unknown` until the browser has asked, then `signed-in` with the user, or `signed-out`.
 *
 * ```ts
 * const session = useSession<typeof client>()
 * ```
 */
export function useSession<Client extends ReactClient = ReactClient>(): SessionState<UserOf<Client>> {
  return useSessionOf<UserOf<Client>>(useProvided())
}

/** The user who is signed in; null for nobody, and as long as that is not known. */
export function useUser<Client extends ReactClient = ReactClient>(): UserOf<Client> | null {
  return useSession<Client>().user
}

const nothing: Ask = () => false

/**
 * Whether the user may do something, to an object and a field of it where they are named: for what is shown. The server decides by
 * itself.
 *
 * @returns False as long as it is not known.
 */
export function usePermission<Client extends ReactClient = ReactClient>(
  permission: PermissionOf<Client>,
  object?: object | null,
  field?: string,
): boolean {
  const provided = useProvided()
  const { user } = useSessionOf<object>(provided)
  const store = permissionStoreOf(provided.client)
  const known = (): Ask => (user === null ? nothing : (store.get(user) ?? firstOf(provided, user)))
  const ask = useSyncExternalStore(store.subscribe, known, known)
  useEffect(() => {
    // Each time that the client learns anew who the user is, what it may is asked anew, too.
    if (user !== null && (provided.first.user !== user || provided.firstAsk === undefined)) store.load(user)
  })
  return ask(permission, object, field)
}

/** What a server has found counts for the user it was found for, also when it has rendered the page anew meanwhile. */
const firstOf = ({ first, firstAsk }: Provided, user: object): Ask =>
  firstAsk !== undefined && first.user !== null && isSame(first.user, user) ? firstAsk : nothing

/** What {@link Can} takes. */
export interface CanProps<Permission extends string = string> {
  readonly permission: Permission
  readonly object?: object | null
  readonly field?: string
  /** Shown to those who may not. Default nothing. */
  readonly fallback?: ReactNode
  readonly children?: ReactNode
}

/** Shows its children to those who may do something: see {@link usePermission}. */
export function Can<Client extends ReactClient = ReactClient>({
  permission,
  object,
  field,
  fallback = null,
  children,
}: CanProps<PermissionOf<Client>>): ReactNode {
  return usePermission<Client>(permission, object, field) ? children : fallback
}
