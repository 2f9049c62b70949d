import type { AuthAnswer } from '@cardea/http/contract'
import type {
  AuthCollectionName,
  CarriesApp,
  CollectionName,
  NewRecordOf,
  PermissionOf,
  RecordChangeOf,
  RecordFilterOf,
  RecordOf,
  RecordSortOf,
  RegistrationOf,
  RelationOf,
  SignInOf,
  UnknownApp,
  UserOf,
} from './app.js'
import { type AskAuth, type Auth, createAuth, signedOutCodes } from './auth/create-auth.js'
import { fillIn, queryText } from './call/address.js'
import type { CallAnswer, CallArguments, QueryOf, RouteKey, Routes } from './call/route-key.js'
import { type Received, transmit } from './call/transport.js'
import { isClientError } from './errors/client-error.js'
import { type Platform, platformWith, type TokenStorage } from './platform.js'
import { type AskBelow, createRecords, type Records } from './records/create-records.js'
import { createSession } from './session/create-session.js'

/** How a client reaches the server. */
export interface ClientOptions<Name extends string = string> {
  /** Whose users sign in: the name of an auth collection, which the client's type then names, too. Default `users`. */
  readonly collection?: Name
  /**
   * The address of the routes. Default `/api/v1`, on the site of the page. Outside a page it has to be whole:
   * `https://app.example/api/v1`.
   */
  readonly url?: string
  /**
   * Where tokens are kept: `localStorage`, `memoryStorage()`, React Native's `AsyncStorage` or anything like them. Without it the
   * browser's cookies hold the session, out of reach of scripts, and no token is kept at all.
   */
  readonly tokens?: TokenStorage
  /** Before the names of what is kept. Default `cardea`. Clients of one origin with different servers take different ones. */
  readonly keyPrefix?: string
  /** Sent with every request, such as the cookies that a server was asked with. Called for each. */
  readonly headers?: () => Readonly<Record<string, string>>
  /** How long to wait for an answer. Default 30. */
  readonly timeoutSeconds?: number
  /** What is taken of the platform: `fetch`, a clock, timers, Web Locks, BroadcastChannel, `crypto`. For tests, and where they lack. */
  readonly platform?: Partial<Platform>
}

/** A client of one server, with the session of one user. */
export interface CardeaClient<App extends CarriesApp = UnknownApp, Name extends string = 'users'> {
  /** Signing in and up, and one's own account. */
  readonly auth: Auth<UserOf<App, Name>, RegistrationOf<App, Name>, SignInOf<App, Name>, RecordChangeOf<App, Name>>
  /** The records of a collection. */
  records<Of extends CollectionName<App>>(
    name: Of,
  ): Records<
    RecordOf<App, Of>,
    NewRecordOf<App, Of>,
    RecordChangeOf<App, Of>,
    RecordFilterOf<App, Of>,
    RecordSortOf<App, Of>,
    RelationOf<App, Of>
  >
  /**
   * Asks any route of the HTTP interface, by method and path below the base path:
   *
   * ```ts
   * const role = await client.call('GET /roles/{id}', { params: { id: 'editor' } })
   * ```
   */
  call<Key extends RouteKey, const Query extends QueryOf<Routes[Key]> = Readonly<Record<never, never>>>(
    key: Key,
    ...input: CallArguments<PathOf<Key>, Routes[Key], Query>
  ): Promise<CallAnswer<Routes[Key], Query, UserOf<App, Name>>>
  /**
   * As `fetch`, for routes of the app itself: with the session, with fresh tokens, and errors as the client's own. Answers are parsed.
   *
   * @param path Of the site of `url`, or a whole address there. No other site is asked: it would get the token.
   */
  request(method: string, path: string, options?: Parameters<AskBelow>[2]): Promise<unknown>
  /** Ends what waits for other tabs. */
  close(): void
  /** Carries the types to the hooks of React; holds nothing. */
  readonly $types?: { readonly user: UserOf<App, Name>; readonly permission: PermissionOf<App> }
}

type PathOf<Key> = Key extends `${string} ${infer Path}` ? Path : never

/** A client of the users, or one that says of which collection its users are. */
type OptionsFor<Name> = Name extends 'users'
  ? [options?: ClientOptions<'users'>]
  : [options: ClientOptions<Name & string> & { readonly collection: Name }]

/**
 * Makes a client.
 *
 * ```ts
 * import type { auth } from 'our-server'
 *
 * export const client = createClient<typeof auth>()
 * const outcome = await client.auth.signIn({ email, password })
 * if (outcome.status === 'mfa-required') askForCode(outcome.mfa_token)
 * ```
 *
 * Nothing is asked and nothing awaited before it is used, so that it can be made at the top of a module, on a server too.
 */
export function createClient<
  App extends CarriesApp = UnknownApp,
  Name extends AuthCollectionName<App> | 'users' = 'users',
>(...[options = {}]: OptionsFor<Name>): CardeaClient<App, Name> {
  type User = UserOf<App, Name>
  const { url = '/api/v1', tokens: storage, keyPrefix = 'cardea', headers, timeoutSeconds = 30 } = options
  const collection: string = options.collection ?? 'users'
  const base = url.replace(/\/+$/, '')
  const authPath = collection === 'users' ? '/auth' : fillIn('/collections/{collection}/auth', { collection })
  const key = `${keyPrefix}:${collection}`
  const platform = platformWith(options.platform)
  const credentials = storage === undefined ? 'include' : 'omit'

  interface Asked extends NonNullable<Parameters<AskBelow>[2]> {
    readonly anonymous?: boolean
  }
  const send = (method: string, address: string, asked: Asked, bearer?: string): Promise<Received> => {
    const { body, signal } = asked
    const sent = { method, url: address, body, bearer, credentials, signal } as const
    return transmit(platform, { ...sent, headers: { ...headers?.(), ...asked.headers } }, timeoutSeconds)
  }

  const session = createSession<User>(
    platform,
    storage,
    key,
    async (token) => {
      const body = token === undefined ? {} : { refresh_token: token }
      return (await send('POST', `${base}${authPath}/refresh`, { body })).body as AuthAnswer<User>
    },
    () => {
      auth.load().catch(() => undefined)
    },
  )

  /** With the session. A request whose token is refused is sent once more with another one: nothing has happened by it. */
  const receive = async (method: string, address: string, asked: Asked = {}): Promise<Received> => {
    if (asked.anonymous === true) return await send(method, address, asked)
    const turn = session.turn()
    let tokens = await session.fresh()
    try {
      try {
        return await send(method, address, asked, tokens?.access)
      } catch (error) {
        if (tokens === undefined || !isClientError(error, 'token_expired', 'token_invalid')) throw error
        tokens = await session.renew(tokens)
        if (tokens === undefined) throw error
        return await send(method, address, asked, tokens.access)
      }
    } catch (error) {
      const isOver = isClientError(error, ...signedOutCodes)
      if (isOver && (tokens !== undefined || session.state().status === 'signed-in')) await session.lose(tokens, turn)
      throw error
    }
  }

  const ask = async (...asked: Parameters<typeof receive>): Promise<unknown> => (await receive(...asked)).body

  const askAuth: AskAuth<User> = async (route, asked = {}) => {
    const [method = '', path = ''] = route.split(' ')
    const address = `${base}${authPath}${fillIn(path, asked.params)}${queryText(asked.query)}`
    // The contract says what the route answers.
    return (await ask(method, address, asked)) as never
  }

  const auth = createAuth<User, RegistrationOf<App, Name>, SignInOf<App, Name>, RecordChangeOf<App, Name>>({
    ask: askAuth,
    session,
    platform,
    storage,
    key,
    address: base + authPath,
  })

  return {
    auth,
    records: (name) => createRecords((method, path, asked) => receive(method, base + path, asked), name),
    call: async (route, ...[input]) => {
      const [method = '', path = ''] = route.split(' ')
      const { params, query, body, signal } = (input ?? {}) as CallInputs
      return (await ask(method, base + fillIn(path, params) + queryText(query), { body, signal })) as never
    },
    request: (method, path, asked) => ask(method, addressOf(path, base), asked),
    close: session.close,
  }
}

interface CallInputs {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Parameters<typeof queryText>[0]
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** @throws TypeError for another site. */
function addressOf(path: string, base: string): string {
  // A site of its own for addresses without one, as within a page.
  const here = new URL(base, 'http://page.invalid')
  const there = new URL(path, here)
  if (there.origin !== here.origin)
    throw new TypeError('Only the site of `url` is asked: another one would get the session.')
  return here.hostname === 'page.invalid' ? `${there.pathname}${there.search}` : there.href
}
