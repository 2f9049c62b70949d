/** A session that a client holds, and what it holds of it. */
export interface HeldSession {
  readonly id: string
  readonly access: string
  /** Undefined when an answer that would have brought the next one did not come. */
  cookie: string | undefined
  refresh: string
  /** Refresh tokens that were exchanged: the last of them is in its grace, those before are dead. */
  readonly spent: string[]
  /** When a refresh was sent that got no answer: from then on its token may be the one before, which is good for ten seconds. */
  unansweredAt?: number
}

/**
 * A state that an account may be in. What is not answered has happened or has not: until somebody looks, both states are
 * possible, and no third one is.
 */
export interface State {
  readonly exists: boolean
  readonly password: string
  readonly alive: ReadonlySet<HeldSession>
}

/** An account of the workload, which one client alone uses, one request after the other. */
export interface Account {
  readonly collection: 'users' | 'customers'
  readonly email: string
  /** The states that it may be in; one of them is the case. */
  states: readonly State[]
  /** Every session that was ever handed out for it. */
  readonly sessions: HeldSession[]
}

const api = '/api/v1'

/** The path below which the account's collection signs in. */
export const pathOf = ({ collection }: Account): string =>
  collection === 'users' ? `${api}/auth` : `${api}/collections/${collection}/auth`

/** What the account registers with. */
export const registrationOf = ({ collection, email }: Account, password: string): object => {
  const name = email.split('@')[0]
  return collection === 'users' ? { email, password, username: name, name } : { email, password, company: name }
}

/** The one state of an account of which nothing is open. */
export function certainStateOf({ states }: Account): State | undefined {
  return states.length === 1 ? states[0] : undefined
}
