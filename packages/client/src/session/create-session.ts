import type { AuthAnswer } from '@cardea/http/contract'
import { CardeaClientError, isClientError } from '../errors/client-error.js'
import type { Platform, TokenStorage } from '../platform.js'
import { inTurn } from './in-turn.js'
import { type SessionState, signedOut, unknown } from './session-state.js'
import { stored } from './stored.js'
import { readTokens, type Tokens, tokensOf } from './tokens.js'

/** An access token that ends within this time is refreshed first, in milliseconds: the request takes a while, too. */
const margin = 10_000

/** What a refresh answers with when the session is over. */
const endings = ['token_invalid', 'token_expired', 'token_reused', 'session_revoked'] as const

/** Keeps the tokens of one session, and who is signed in. */
export interface Session<User extends object> {
  readonly state: () => SessionState<User>
  readonly subscribe: (listener: () => void) => () => void
  /** A number for a question that is about to be asked: those that are asked later have greater ones. */
  turn(): number
  /** Whether nobody has signed in or out since that turn: what was asked then is still about whoever is there now. */
  isSamePerson(turn: number): boolean
  /**
   * Shows a state.
   *
   * @param turn Of the question that it answers: nothing is shown in place of what was asked later. Default: it is so now.
   */
  set(state: SessionState<User>, turn?: number): void
  /** The tokens to send, refreshed where they have to be; undefined for none. */
  fresh(): Promise<Tokens | undefined>
  /**
   * Gets other tokens.
   *
   * @param stale Those that are no longer good: another tab may have got others already. Without them, whatever is kept is refreshed.
   * @returns Undefined where the session is over or another one by now, and with cookies.
   */
  renew(stale?: Tokens): Promise<Tokens | undefined>
  /** Takes a sign-in over. */
  begin(answer: AuthAnswer<User>): Promise<void>
  /** Has other tabs ask anew who is signed in: something about the user has changed. */
  tell(): Promise<void>
  /** With cookies, tells other tabs whom this one has found: a way back from a provider signs in without a word of any tab. */
  found(user: User): void
  /** Forgets the session. @returns The tokens that were kept. */
  end(): Promise<Tokens | undefined>
  /**
   * Forgets a session that is over.
   *
   * @param sent With which the server said so; undefined for none. Where others are kept by now, those stay.
   * @param turn Of the request: somebody who has signed in since stays signed in.
   */
  lose(sent: Tokens | undefined, turn: number): Promise<void>
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
  let turns = 0
  /** The turn that is shown, and that of the last sign-in or sign-out. */
  let shown = 0
  let since = 0
  let renewal: Promise<Tokens | undefined> | undefined

  const turn = (): number => ++turns
  const set = (next: SessionState<User>, asked = turn()): void => {
    if (asked < shown) return
    const isNew = next.status !== state.status || next.user !== state.user
    shown = asked
    state = next
    if (isNew) for (const listener of Array.from(listeners)) listener()
  }
  /** From now on it is somebody else's, or nobody's. */
  const change = (next: SessionState<User>): void => {
    since = turn()
    set(next, since)
  }
  const kept = async (): Promise<Tokens | undefined> => storage && (await readTokens(storage, key))
  const forget = async (): Promise<void> => {
    await stored(() => storage?.removeItem(key))
  }
  const leave = (session = ''): void => {
    const wasOut = state.status === 'signed-out'
    change(signedOut)
    if (!wasOut) channel?.postMessage(`out:${session}`)
  }
  /** What another tab has stored may be seen here a little after its message. A storage of this tab's own never has it. */
  const arrived = async (session: string | undefined, tries = 20): Promise<boolean> => {
    if ((await kept())?.session === session) return true
    if (tries === 0) return false
    await new Promise<void>((resolve) => platform.after(50, resolve))
    return await arrived(session, tries - 1)
  }
  if (channel !== undefined) {
    channel.onmessage = ({ data }) => {
      const [, what, id] = /^(\w+):(.*)/.exec(String(data)) ?? []
      const begun = (isNews: boolean): void => {
        if (!isNews) return
        since = turn()
        onBegun()
      }
      if (what === 'in') {
        if (storage === undefined) begun(true)
        else arrived(id).then(begun, () => undefined)
      } else if (what === 'out') {
        // A tab with a storage of its own has a session of its own, which lives on.
        const asked = turn()
        const follow = (tokens?: Tokens): void => {
          if ((tokens === undefined || tokens.session === id) && asked > since) change(signedOut)
        }
        kept().then(follow, () => follow())
      } else if (what === 'is') begun(storage === undefined && state.status !== 'unknown' && idOf(state.user) !== id)
    }
  }

  const write = async (answer: AuthAnswer<User>): Promise<Tokens | undefined> => {
    if (storage === undefined) return undefined
    const tokens = tokensOf(answer, platform.now())
    if (tokens === undefined) {
      throw new CardeaClientError('unexpected_answer', 'The server gives no tokens: its option `delivery` is `cookie`.')
    }
    await stored(() => storage.setItem(key, JSON.stringify(tokens)))
    return tokens
  }
  const isGood = ({ until }: Tokens): boolean => until > platform.now() + margin

  /**
   * Under the lock: no other tab refreshes meanwhile, and what one has got before is in the storage.
   *
   * @returns `over` is the id of the session that has ended, as far as it is known.
   */
  const exchange = async (
    stale: Tokens | undefined,
  ): Promise<{ readonly tokens?: Tokens | undefined; readonly user?: User; readonly over?: string }> => {
    const found = await kept()
    if (storage !== undefined && found === undefined) return { over: '' }
    if (stale !== undefined && found !== undefined) {
      // Somebody else has signed in: what the one before has asked for is not for the one who is there now.
      if (found.session !== stale.session) return {}
      if (found.access !== stale.access && isGood(found)) return { tokens: found }
    }
    try {
      const answer = await refresh(found?.refresh)
      return { tokens: await write(answer), user: answer.user }
    } catch (error) {
      if (!isClientError(error, ...endings)) throw error
      // Without locks, another tab may have been faster all the same.
      const other = await kept()
      if (other !== undefined && other.refresh !== found?.refresh) {
        return other.session === found?.session ? { tokens: other } : {}
      }
      await forget()
      return { over: found?.session ?? '' }
    }
  }
  const renewOnce = async (stale: Tokens | undefined): Promise<Tokens | undefined> => {
    const asked = turn()
    const { tokens, user, over } = await locked(() => exchange(stale))
    if (asked < since) return tokens
    if (over !== undefined) leave(over)
    else if (user !== undefined) set({ status: 'signed-in', user }, asked)
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
    turn,
    isSamePerson: (asked) => asked > since,
    set,
    fresh: async () => {
      const found = await kept()
      return found === undefined || isGood(found) ? found : await renew(found)
    },
    renew,
    begin: async (answer) => {
      await locked(() => write(answer))
      change({ status: 'signed-in', user: answer.user })
      channel?.postMessage(`in:${answer.session_id}`)
    },
    tell: async () => {
      channel?.postMessage(`in:${(await kept())?.session}`)
    },
    found: (user) => {
      if (storage === undefined) channel?.postMessage(`is:${idOf(user)}`)
    },
    end: async () => {
      const found = await locked(async () => {
        const before = await kept()
        await forget()
        return before
      })
      leave(found?.session)
      return found
    },
    lose: async (sent, asked) => {
      const isOver = await locked(async () => {
        const found = await kept()
        if (asked < since || (found !== undefined && found.access !== sent?.access)) return false
        await forget()
        return true
      })
      if (isOver) leave(sent?.session)
    },
    close: () => channel?.close(),
  }
}

/** Who somebody is, as a message says it. */
const idOf = (user: { readonly id?: unknown } | null): string => String(user?.id)
