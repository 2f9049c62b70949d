import type { AuthAnswer } from '@cardea/http/contract'
import { CardeaClientError, isClientError } from '../errors/client-error.js'
import type { Platform, TokenStorage } from '../platform.js'
import { inTurn } from './in-turn.js'
import { type SessionState, signedOut, unknown } from './session-state.js'
import { readTokens, type Tokens, tokensOf } from './tokens.js'

/** An access token that ends within this time is refreshed first, in milliseconds: the request takes a while, too. */
const margin = 10_000

/** What a refresh answers with when the session is over. */
const endings = ['token_invalid', 'token_expired', 'token_reused', 'session_revoked'] as const

/** Keeps the tokens of one session, and who is signed in. */
export interface Session<User extends object> {
  readonly state: () => SessionState<User>
  readonly subscribe: (listener: () => void) => () => void
  set(state: SessionState<User>): void
  /** Counts changes of the state, for those who wait for something to know whether it is still so. */
  changes(): number
  /** The tokens to send, refreshed where they have to be; undefined for none. */
  fresh(): Promise<Tokens | undefined>
  /**
   * Gets other tokens.
   *
   * @param stale Those that are no longer good: another tab may have got others already. Without them, whatever is kept is refreshed.
   * @returns Undefined where the session is over, and with cookies.
   */
  renew(stale?: Tokens): Promise<Tokens | undefined>
  /** Takes a sign-in over. */
  begin(answer: AuthAnswer<User>): Promise<void>
  /**
   * Forgets the session.
   *
   * @param only Only where these are still the tokens that are kept.
   * @returns The tokens that were kept.
   */
  end(only?: Tokens): Promise<Tokens | undefined>
  readonly close: () => void
}

/**
 * Keeps a session. What others have to know is told, and listeners are called, only once nothing is locked any more: a listener may
 * ask for anything.
 *
 * @param storage Undefined where the browser's cookies hold the session.
 * @param refresh Asks the server for the successor of a refresh token, or of the one in the cookie.
 * @param onBegun Called when another tab has signed somebody in.
 */
export function createSession<User extends object>(
  platform: Platform,
  storage: TokenStorage | undefined,
  key: string,
  refresh: (token: string | undefined) => Promise<AuthAnswer<User>>,
  onBegun: () => void,
): Session<User> {
  const listeners = new Set<() => void>()
  const channel = platform.openChannel?.(key)
  const locked = <Result>(work: () => Promise<Result>): Promise<Result> =>
    inTurn(platform.locks, storage ?? listeners, key, work)
  let state: SessionState<User> = unknown
  let changes = 0
  let renewal: Promise<Tokens | undefined> | undefined

  const set = (next: SessionState<User>): void => {
    const isNew = next.status !== state.status || next.user !== state.user
    changes += 1
    state = next
    if (isNew) for (const listener of Array.from(listeners)) listener()
  }
  if (channel !== undefined) {
    channel.onmessage = ({ data }) => {
      if (data === 'out') set(signedOut)
      else if (data === 'in') onBegun()
    }
  }

  const write = async (answer: AuthAnswer<User>): Promise<Tokens | undefined> => {
    if (storage === undefined) return undefined
    const tokens = tokensOf(answer, platform.now())
    if (tokens === undefined) {
      throw new CardeaClientError('unexpected_answer', 'The server gives no tokens: its option `delivery` is `cookie`.')
    }
    await storage.setItem(key, JSON.stringify(tokens))
    return tokens
  }
  const isGood = ({ until }: Tokens): boolean => until > platform.now() + margin

  /** Under the lock: no other tab refreshes meanwhile, and what one has got before is in the storage. */
  const exchange = async (
    stale: Tokens | undefined,
  ): Promise<{ readonly tokens?: Tokens | undefined; readonly user?: User; readonly over?: boolean }> => {
    const kept = storage && (await readTokens(storage, key))
    if (storage !== undefined && kept === undefined) return { over: true }
    if (stale !== undefined && kept !== undefined && kept.access !== stale.access && isGood(kept))
      return { tokens: kept }
    try {
      const answer = await refresh(kept?.refresh)
      return { tokens: await write(answer), user: answer.user }
    } catch (error) {
      if (!isClientError(error, ...endings)) throw error
      // Without locks, another tab may have been faster all the same.
      const other = storage && (await readTokens(storage, key))
      if (other !== undefined && other.refresh !== kept?.refresh) return { tokens: other }
      await storage?.removeItem(key)
      return { over: true }
    }
  }
  const renewOnce = async (stale: Tokens | undefined): Promise<Tokens | undefined> => {
    const { tokens, user, over } = await locked(() => exchange(stale))
    if (over === true) {
      set(signedOut)
      channel?.postMessage('out')
    } else if (user !== undefined) set({ status: 'signed-in', user })
    return tokens
  }
  const renew = (stale?: Tokens): Promise<Tokens | undefined> => {
    renewal ??= renewOnce(stale).finally(() => {
      renewal = undefined
    })
    return renewal
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set,
    changes: () => changes,
    fresh: async () => {
      const kept = storage && (await readTokens(storage, key))
      return kept === undefined || isGood(kept) ? kept : await renew(kept)
    },
    renew,
    begin: async (answer) => {
      await locked(() => write(answer))
      set({ status: 'signed-in', user: answer.user })
      channel?.postMessage('in')
    },
    end: async (only) => {
      const kept = await locked(async () => {
        const found = storage && (await readTokens(storage, key))
        if (only === undefined || found?.access === only.access) await storage?.removeItem(key)
        return found
      })
      if (only !== undefined && kept !== undefined && kept.access !== only.access) return kept
      const wasIn = state.status !== 'signed-out'
      set(signedOut)
      if (wasIn) channel?.postMessage('out')
      return kept
    },
    close: () => channel?.close(),
  }
}
