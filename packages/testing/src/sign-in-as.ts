import { CardeaError, isCardeaError, normalizeEmail } from '@cardea/core'
import type { AnyAuthCollectionApi, Cardea, SignIn, SignInContext } from 'cardea'
import type { TestClock } from './clock.js'
import { type Authenticator, createAuthenticator } from './totp.js'

/** What the types of `signInAs` are read from. */
interface TypedAccounts {
  readonly users: unknown
  readonly collections: unknown
}

/** The operations of a collection; of any, where it is none of code. */
type AccountsOf<Auth extends TypedAccounts, Name extends string> = Name extends 'users'
  ? Auth['users']
  : Name extends keyof Auth['collections']
    ? Auth['collections'][Name]
    : AnyAuthCollectionApi

type UserIn<Auth extends TypedAccounts, Name extends string> =
  AccountsOf<Auth, Name> extends { readonly find: (id: string) => Promise<infer Found> } ? NonNullable<Found> : never

type FieldsIn<Auth extends TypedAccounts, Name extends string> =
  AccountsOf<Auth, Name> extends { readonly register: (input: infer Input) => unknown } ? Partial<Input> : never

/** Somebody who has an account: what `register`, `create` or `find` answered, or its id. */
interface KnownUser {
  readonly id: string
}

export interface SignInAsOptions<Name extends string> {
  /** Whose principal it is. Default `users`. */
  readonly collection?: Name
  /** Roles to be given before, beside those that it has. */
  readonly roles?: readonly string[]
  /** Whether a second factor is set up, where there is none, so that it signs in with two. Default false. */
  readonly mfa?: boolean
  /** Where the sign-in comes from. Default: the address 192.0.2.1, from no known program. */
  readonly from?: SignInContext
}

/** Somebody who is signed in, with what requests take. */
export interface SignedIn<User> {
  /** For a request with the access token; with the cookie, where `sessions.delivery` hands out no tokens. */
  readonly headers: Readonly<Record<string, string>>
  /** For a request of a browser: the cookie, and the origin that it comes from. */
  readonly cookieHeaders: Readonly<Record<string, string>>
  /** As a `Cookie` header; empty where `sessions.delivery` hands out no cookies. */
  readonly cookie: string
  /** Empty where `sessions.delivery` hands out no tokens. */
  readonly accessToken: string
  /** Where `sessions.delivery` is `cookie`, it goes into a cookie for the refresh route alone. */
  readonly refreshToken: string
  readonly sessionId: string
  readonly user: User
  readonly password: string
}

/**
 * Signs somebody in with its password, as everybody is: settings, hooks and events are those of the app.
 *
 * Without fields somebody new, with fields whoever has this `email` or somebody new, with a user (`id`) that one. Fields that
 * are needed and have no default are to be given; `email` and `password` need not be. A user whose password this function
 * does not know gets a new one, which ends its sessions.
 *
 * @throws CardeaError what `create` and `login` throw: `invalid_request` for fields that are missing, `email_taken` where
 * the account was not made here and `password` is not given, `method_disabled` where a collection has no passwords.
 */
export type SignInAs<Auth extends TypedAccounts> = <const Name extends string = 'users'>(
  who?: KnownUser | FieldsIn<Auth, Name>,
  options?: SignInAsOptions<Name>,
) => Promise<SignedIn<UserIn<Auth, Name>>>

/** An account as far as signing in goes. */
interface Account {
  readonly id: string
  readonly email: string
  readonly password: string
  authenticator?: Authenticator
}

/** Passes every policy, and no list has it. */
const passwordOf = (count: number): string => `Quiet-Otters-${count}-Swim!`

/** {@link SignInAs} before the types of the app's collections are known. */
type SignInAnybody = (who?: Fields, options?: SignInAsOptions<string>) => Promise<SignedIn<Fields>>

export function createSignInAs(auth: Cardea, clock: TestClock): SignInAnybody {
  const known = new Map<string, Account>()
  let made = 0

  const remember = (collection: string, account: Account): Account => {
    known.set(account.id, account)
    known.set(`${collection} ${account.email}`, account)
    return account
  }

  const ofUser = async (accounts: AnyAuthCollectionApi, who: KnownUser): Promise<Account> => {
    const account = known.get(who.id)
    if (account !== undefined) return account
    const user = await accounts.find(who.id)
    if (user === undefined) throw new CardeaError('not_found', 'There is no such principal in this collection.')
    made += 1
    const password = passwordOf(made)
    await accounts.setPassword(who.id, password)
    return remember(accounts.collection.name, { id: who.id, email: String(user['email']), password })
  }

  const ofFields = async (accounts: AnyAuthCollectionApi, fields: Fields): Promise<Account> => {
    made += 1
    const { email = `person-${made}@example.test`, password = passwordOf(made), ...values } = fields
    const { name } = accounts.collection
    const address = typeof email === 'string' ? (normalizeEmail(email) ?? email) : ''
    const account = known.get(`${name} ${address}`)
    if (account !== undefined) return account
    try {
      const user = await accounts.create({ email, password, ...values }, { verified: true })
      return remember(name, { id: String(user['id']), email: address, password: String(password) })
    } catch (error) {
      // Whoever made it knows its password; who it is shows when it signs in.
      if (!isCardeaError(error, 'email_taken') || fields['password'] === undefined) throw error
      const { user, session } = await accounts.login({ email: address, password })
      const id = String(user['id'])
      await auth.sessions.revoke(id, session.id)
      return remember(name, { id, email: address, password: String(password) })
    }
  }

  const enroll = async (
    accounts: AnyAuthCollectionApi,
    account: Account,
    actor: Parameters<typeof accounts.mfa.enroll>[0],
  ) => {
    const { secret } = await accounts.mfa.enroll(actor)
    const authenticator = createAuthenticator(secret, clock.now)
    await accounts.mfa.activate(actor, authenticator.next())
    account.authenticator = authenticator
  }

  const signIn = async (accounts: AnyAuthCollectionApi, account: Account, context: SignInContext): Promise<Found> => {
    try {
      return await accounts.login({ email: account.email, password: account.password }, context)
    } catch (error) {
      if (!isCardeaError(error, 'mfa_required') || error.mfa === undefined) throw error
      const { token: ticket, enrollmentRequired } = error.mfa
      if (enrollmentRequired) await enroll(accounts, account, { ticket })
      const { authenticator } = account
      if (authenticator === undefined) throw error
      return await accounts.mfa.verify(ticket, { code: authenticator.next() }, context)
    }
  }

  /** The session that sets the second factor up ends with it. */
  const setUpFactor = async (
    accounts: AnyAuthCollectionApi,
    account: Account,
    context: SignInContext,
  ): Promise<void> => {
    const { accessToken, cookieToken = '', session } = await signIn(accounts, account, context)
    if (session.aal > 1) return
    const collections = [accounts.collection.name]
    const credential = accessToken === undefined ? { cookieToken } : { accessToken }
    const result = await auth.sessions.verify(credential, { collections })
    if (!result.authenticated) throw new CardeaError(result.code, 'The session that was just begun is not accepted.')
    const { authentication } = result
    await enroll(accounts, account, authentication)
    await auth.sessions.revoke(authentication.principalId, session.id)
  }

  return async (who = {}, options = {}) => {
    const { collection = 'users', roles = [], mfa = false, from = { ip: '192.0.2.1' } } = options
    const accounts = await auth.findCollection(collection)
    if (accounts === undefined) throw new CardeaError('not_found', `There is no auth collection ${collection}.`)
    const account = isKnown(who) ? await ofUser(accounts, who) : await ofFields(accounts, who)
    for (const role of roles) await auth.permissions.assign(account.id, role)
    if (mfa && account.authenticator === undefined) await setUpFactor(accounts, account, from)
    const signedIn = await signIn(accounts, account, from)
    return present(auth, collection, signedIn, account)
  }
}

type Fields = Readonly<Record<string, unknown>>
type Found = SignIn<Fields>

const isKnown = (who: Fields): who is KnownUser & Fields => typeof who['id'] === 'string'

function present({ config }: Cardea, collection: string, signedIn: Found, { password }: Account): SignedIn<Fields> {
  const { accessToken = '', refreshToken = '', cookieToken, session, user } = signedIn
  const name = `${config.secure ? '__Host-' : ''}${config.cookieName}${collection === 'users' ? '' : `_${collection}`}`
  const cookie = cookieToken === undefined ? '' : `${name}=${cookieToken}`
  const cookieHeaders = { cookie, origin: config.baseUrl }
  return {
    headers: accessToken === '' ? cookieHeaders : { authorization: `Bearer ${accessToken}` },
    cookieHeaders,
    cookie,
    accessToken,
    refreshToken,
    sessionId: session.id,
    user,
    password,
  }
}
