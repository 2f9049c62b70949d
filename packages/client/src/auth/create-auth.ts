import type { AuthAnswer, RouteAnswers } from '@cardea/http/contract'
import { type Query, queryText } from '../call/address.js'
import type { AuthRoutes, CallOptions } from '../call/route-key.js'
import { CardeaClientError, isClientError } from '../errors/client-error.js'
import type { Platform, TokenStorage } from '../platform.js'
import type { Session } from '../session/create-session.js'
import { type SessionState, signedOut } from '../session/session-state.js'
import { stored } from '../session/stored.js'
import type { AcceptInvitationInput, Body, MfaAttempt, Reauthentication, RegistrationInput } from './inputs.js'
import { createPkce, type OAuthBeginning, takeItem } from './oauth.js'
import { mfaRequiredBy, type RegistrationOutcome, type SignInOutcome } from './sign-in-outcome.js'

/** How a route of auth is asked. */
interface Asked extends CallOptions {
  readonly body?: unknown
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Query
  /** Whether the answer does not depend on who asks. */
  readonly anonymous?: boolean
}

/** Asks a route of auth. */
export type AskAuth<User extends object> = <Key extends keyof AuthRoutes>(
  key: Key,
  asked?: Asked,
) => Promise<RouteAnswers<User>[AuthRoutes[Key]]>

/**
 * Signing up, in and out of one collection, and one's own account. What goes in has the names of the HTTP interface; so has what
 * comes back.
 *
 * Everything rejects with a {@link CardeaClientError} where the server refuses.
 */
export interface Auth<User extends object, Registration, SignIn = Body<'login'>, Change = Body<'updateMe'>> {
  /** The state as it is known now. The same object until it changes. */
  state(): SessionState<User>
  /** Calls back after every change of the state, also by another tab. @returns What ends that. */
  subscribe(listener: () => void): () => void
  /** Takes over whom a server has found signed in while it rendered the page; null for nobody. What is known already stays. */
  restore(user: User | null): void
  /** Asks the server who is signed in. */
  load(options?: CallOptions): Promise<SessionState<User>>

  register(input: RegistrationInput<Registration>, options?: CallOptions): Promise<RegistrationOutcome<User>>
  /** With a password, and the e-mail address or another identifier of the collection. */
  signIn(input: SignIn, options?: CallOptions): Promise<SignInOutcome<User>>
  acceptInvitation(input: AcceptInvitationInput<Registration>, options?: CallOptions): Promise<SignInOutcome<User>>
  /**
   * Ends the session. Tokens are forgotten in any case; when the server could not be told, that is thrown, and the session lives on
   * there until it expires.
   */
  signOut(options?: CallOptions): Promise<void>
  /**
   * Gets new tokens; requests do so by themselves where they need to. In cookie mode it has the session's cookie last longer, where
   * the browser has a refresh token in a cookie (`delivery: 'cookie'`); else it rejects with `invalid_request`.
   *
   * @returns Whether somebody is still signed in.
   */
  refresh(): Promise<boolean>

  me(options?: CallOptions): Promise<User>
  updateMe(input: Change, options?: CallOptions): Promise<User>
  changePassword(input: Body<'changePassword'>, options?: CallOptions): Promise<void>
  /** Makes the session fresh for what wants a proof of a moment ago: a password, or a code. */
  reauthenticate(input: Reauthentication, options?: CallOptions): Promise<void>
  /** What the user may, for {@link https://github.com/cardea-auth/cardea/blob/main/docs/react.md usePermission}. */
  permissions(options?: CallOptions & { readonly tenant?: string }): Promise<RouteAnswers['myPermissions']>

  requestVerification(input: Body<'requestVerification'>, options?: CallOptions): Promise<void>
  confirmVerification(input: Body<'confirmVerification'>, options?: CallOptions): Promise<void>
  requestPasswordReset(input: Body<'requestPasswordReset'>, options?: CallOptions): Promise<void>
  /** Sets a new password. Every session ends, this one too. */
  confirmPasswordReset(input: Body<'confirmPasswordReset'>, options?: CallOptions): Promise<void>
  requestEmailChange(input: Body<'requestEmailChange'>, options?: CallOptions): Promise<void>
  confirmEmailChange(input: Body<'confirmEmailChange'>, options?: CallOptions): Promise<void>

  /** Codes by mail. */
  readonly otp: {
    /** @returns The id of the flow, for `verify`; of an account that there is not, too. */
    request(input: Body<'requestOtp'>, options?: CallOptions): Promise<RouteAnswers['requestOtp']>
    verify(input: Body<'verifyOtp'>, options?: CallOptions): Promise<SignInOutcome<User>>
  }

  /** Second factors. */
  readonly mfa: {
    /** Completes a sign-in. The token may be left out after a round trip to a provider: a cookie has it. */
    verify(
      input: MfaAttempt & { readonly mfa_token?: string | undefined },
      options?: CallOptions,
    ): Promise<SignInOutcome<User>>
    /** Begins to set an authenticator app up, for the fresh session, or for the sign-in that waits for it. */
    enroll(input?: Body<'enrollTotp'>, options?: CallOptions): Promise<RouteAnswers['enrollTotp']>
    /** Its first code. The backup codes are shown this once. */
    activate(input: Body<'activateTotp'>, options?: CallOptions): Promise<RouteAnswers['activateTotp']>
    state(options?: CallOptions): Promise<RouteAnswers['mfaState']>
    renewBackupCodes(input: MfaAttempt, options?: CallOptions): Promise<RouteAnswers['renewBackupCodes']>
    disable(input: MfaAttempt, options?: CallOptions): Promise<void>
  }

  /** Signing in through providers. */
  readonly oauth: {
    providers(options?: CallOptions): Promise<readonly RouteAnswers['listProviders'][]>
    /** In cookie mode: where to send the browser. */
    loginUrl(beginning?: OAuthBeginning): string
    /** In token mode: where to send the browser, with PKCE (RFC 7636). The secret waits in the storage. */
    begin(beginning?: Omit<OAuthBeginning, 'intent'>): Promise<string>
    /**
     * In token mode: takes the address that the browser came back to.
     *
     * @throws CardeaClientError `oauth_failed`, or the code that the address says; `token_invalid` where this device began no
     * sign-in, or it was finished before.
     */
    finish(address: string, options?: CallOptions): Promise<SignInOutcome<User>>
    connections(options?: CallOptions): Promise<readonly RouteAnswers['listConnections'][]>
    disconnect(id: string, options?: CallOptions): Promise<void>
  }

  /** Where the user is signed in. */
  readonly sessions: {
    list(options?: CallOptions): Promise<readonly RouteAnswers['listOwnSessions'][]>
    revoke(id: string, options?: CallOptions): Promise<void>
    /** All of them, this one too. */
    revokeAll(options?: CallOptions): Promise<void>
    /** All but this one. */
    revokeOthers(options?: CallOptions): Promise<void>
  }
}

/**
 * What a session that is over answers with. `token_invalid` may be about a link or a ticket instead: whether it is about the
 * session's own token is found out by refreshing it.
 */
export const signedOutCodes = ['unauthenticated', 'token_expired', 'session_revoked'] as const

/** Binds the routes of a collection to its session. */
export function createAuth<User extends object, Registration, SignIn, Change>(setup: {
  readonly ask: AskAuth<User>
  readonly session: Session<User>
  readonly platform: Platform
  /** Undefined in cookie mode. */
  readonly storage: TokenStorage | undefined
  readonly key: string
  /** The address of the auth routes. */
  readonly address: string
}): Auth<User, Registration, SignIn, Change> {
  const { ask, session, platform, storage, key, address } = setup
  const anonymous = true

  const begun = async (answer: AuthAnswer<User>): Promise<SignInOutcome<User>> => {
    await session.begin(answer)
    return { status: 'signed-in', user: answer.user, session_id: answer.session_id }
  }
  const signIn = async (asking: Promise<AuthAnswer<User>>): Promise<SignInOutcome<User>> => {
    let answer: AuthAnswer<User>
    try {
      answer = await asking
    } catch (error) {
      return mfaRequiredBy(error)
    }
    return await begun(answer)
  }
  /** Takes over what the user is like now, unless somebody else has signed in meanwhile. */
  const taken = async (turn: number, asking: Promise<User>, since?: number): Promise<User> => {
    const user = await asking
    if (session.isSamePerson(turn)) session.set({ status: 'signed-in', user }, since)
    return user
  }
  const loginUrl = (beginning: OAuthBeginning = {}, more: Readonly<Record<string, string>> = {}): string =>
    `${address}/oauth/login${queryText({ ...beginning, ...more })}`
  const pkceKey = `${key}:pkce`
  const tokenStorage = (): TokenStorage => {
    if (storage !== undefined) return storage
    throw new CardeaClientError('method_disabled', 'This is for token mode: in cookie mode use `oauth.loginUrl`.')
  }

  const me = (options?: CallOptions, turn = session.turn()): Promise<User> => taken(turn, ask('GET /me', options), turn)
  const load = async (options?: CallOptions): Promise<SessionState<User>> => {
    const turn = session.turn()
    const isFirst = session.state().status === 'unknown'
    try {
      const user = await me(options, turn)
      if (isFirst) session.found(user)
    } catch (error) {
      if (!isClientError(error, ...signedOutCodes, 'token_invalid')) throw error
      session.set(signedOut, turn)
    }
    return session.state()
  }
  /** After what may have changed the user who is signed in, or ended the session: it may have been about another account as well. */
  const changed = async (asking: Promise<unknown>): Promise<void> => {
    await asking
    if (session.state().status !== 'signed-in') return
    // What was asked for is done, whether or not this is answered.
    await load()
      .then(async ({ status }) => {
        if (status === 'signed-in') await session.tell()
      })
      .catch(() => undefined)
  }

  return {
    state: session.state,
    subscribe: session.subscribe,
    restore: (user) => {
      if (session.state().status !== 'unknown') return
      session.set(user === null ? signedOut : { status: 'signed-in', user })
      if (user !== null) session.found(user)
    },
    load,

    register: async (body, options) => {
      let answer: RouteAnswers<User>['register']
      try {
        answer = await ask('POST /register', { ...options, body, anonymous })
      } catch (error) {
        return mfaRequiredBy(error)
      }
      if ('session_id' in answer) return await begun(answer)
      if ('user' in answer) {
        const status = answer.sign_in_not_allowed === true ? 'sign-in-not-allowed' : 'verification-required'
        return { status, user: answer.user }
      }
      return { status: 'accepted', message: answer.message }
    },
    signIn: (body, options) => signIn(ask('POST /login', { ...options, body, anonymous })),
    acceptInvitation: (body, options) => signIn(ask('POST /invitations/accept', { ...options, body, anonymous })),
    signOut: async (options) => {
      const tokens = storage === undefined ? undefined : await session.end()
      const body = tokens === undefined ? {} : { refresh_token: tokens.refresh }
      await ask('POST /logout', { ...options, body, anonymous })
      // A cookie is the server's to take away.
      if (storage === undefined) await session.end()
    },
    refresh: async () => {
      await session.renew()
      return session.state().status !== 'signed-out'
    },

    me: (options) => me(options),
    // What has been changed is newer than whatever was asked for meanwhile.
    updateMe: async (body, options) => {
      const user = await taken(session.turn(), ask('PATCH /me', { ...options, body }))
      await session.tell().catch(() => undefined)
      return user
    },
    changePassword: (body, options) => done(ask('POST /me/change-password', { ...options, body })),
    reauthenticate: (body, options) => done(ask('POST /reauthenticate', { ...options, body })),
    permissions: ({ tenant, ...options } = {}) =>
      ask('GET /me/permissions', { ...options, ...(tenant === undefined ? {} : { query: { tenant } }) }),

    requestVerification: (body, options) => done(ask('POST /request-verification', { ...options, body, anonymous })),
    confirmVerification: (body, options) => changed(ask('POST /confirm-verification', { ...options, body })),
    requestPasswordReset: (body, options) => done(ask('POST /request-password-reset', { ...options, body, anonymous })),
    confirmPasswordReset: (body, options) =>
      changed(ask('POST /confirm-password-reset', { ...options, body, anonymous })),
    requestEmailChange: (body, options) => done(ask('POST /me/request-email-change', { ...options, body })),
    confirmEmailChange: (body, options) => changed(ask('POST /me/confirm-email-change', { ...options, body })),

    otp: {
      request: (body, options) => ask('POST /otp/request', { ...options, body, anonymous }),
      verify: (body, options) => signIn(ask('POST /otp/verify', { ...options, body, anonymous })),
    },

    mfa: {
      verify: (body, options) => signIn(ask('POST /mfa/verify', { ...options, body, anonymous })),
      enroll: (body = {}, options) =>
        ask('POST /mfa/totp/enroll', { ...options, body, anonymous: body.mfa_token !== undefined }),
      activate: (body, options) =>
        ask('POST /mfa/totp/activate', { ...options, body, anonymous: body.mfa_token !== undefined }),
      state: (options) => ask('GET /mfa', options),
      renewBackupCodes: (body, options) => ask('POST /mfa/backup-codes', { ...options, body }),
      disable: (body, options) => done(ask('DELETE /mfa/totp', { ...options, body })),
    },

    oauth: {
      providers: (options) => list(ask('GET /oauth/providers', { ...options, anonymous })),
      loginUrl: (beginning) => loginUrl(beginning),
      begin: async (beginning) => {
        const kept = tokenStorage()
        const { verifier, challenge } = await createPkce(platform)
        await stored(() => kept.setItem(pkceKey, verifier))
        return loginUrl(beginning, { mode: 'token', code_challenge: challenge })
      },
      finish: async (came, options) => {
        const kept = tokenStorage()
        // A path is an address, too; only what follows the question mark is read.
        const query = new URLSearchParams(came.split('#')[0]?.split('?')[1])
        const code_verifier = await takeItem(kept, pkceKey)
        const [code, error] = [query.get('code'), query.get('error')]
        // The codes that the server puts into the address are those of its errors.
        if (error !== null) throw new CardeaClientError(error as 'oauth_failed', 'The provider signed nobody in.')
        if (code === null || code_verifier === null) {
          throw new CardeaClientError('token_invalid', 'No sign-in waits to be finished here.')
        }
        return await signIn(ask('POST /oauth/exchange', { ...options, body: { code, code_verifier }, anonymous }))
      },
      connections: (options) => list(ask('GET /oauth/connections', options)),
      disconnect: (id, options) => done(ask('DELETE /oauth/connections/{id}', { ...options, params: { id } })),
    },

    sessions: {
      list: (options) => list(ask('GET /sessions', options)),
      revoke: (id, options) => done(ask('DELETE /sessions/{id}', { ...options, params: { id } })),
      revokeAll: async (options) => {
        await ask('DELETE /sessions/all', options)
        await session.end()
      },
      revokeOthers: (options) => done(ask('DELETE /sessions/all', { ...options, query: { scope: 'others' } })),
    },
  }
}

const done = async (asking: Promise<unknown>): Promise<void> => {
  await asking
}

/** Routes that answer with a list say what its elements are. */
const list = async <Item>(asking: Promise<Item>): Promise<readonly Item[]> =>
  (await asking) as unknown as readonly Item[]
