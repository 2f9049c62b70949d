import type { AuthAnswer } from '@cardea/http/contract'
import type { TokenStorage } from '../platform.js'
import { stored } from './stored.js'

/** The tokens of a session. */
export interface Tokens {
  readonly access: string
  readonly refresh: string
  /** The id of the session, by which tokens of one are told from those of another. */
  readonly session: string
  /** The end of the access token by the clock of this device, in milliseconds. */
  readonly until: number
}

/** The tokens of an answer; undefined where the server gives none. The client's clock may be wrong, so lives count, not instants. */
export function tokensOf(answer: AuthAnswer<object>, now: number): Tokens | undefined {
  const { access_token: access, refresh_token: refresh, session_id: session, expires_in: seconds } = answer
  if (access === undefined || refresh === undefined) return undefined
  return { access, refresh, session, until: now + seconds * 1_000 }
}

/** Reads the tokens that are kept. What is no such thing, as of another version, is none. */
export async function readTokens(storage: TokenStorage, key: string): Promise<Tokens | undefined> {
  const text = await stored(() => storage.getItem(key))
  try {
    const kept = JSON.parse(text ?? 'null') as Partial<Tokens> | null
    const isWhole = typeof kept?.access === 'string' && typeof kept.refresh === 'string'
    // Looked at above; an instant that is missing is one that is over.
    return isWhole ? ({ session: '', until: 0, ...kept } as Tokens) : undefined
  } catch {
    return undefined
  }
}
