/** Somebody with a session of Cardea's. */
export interface CardeaCaller {
  readonly userId: string
  readonly cookieToken: string
  /** The whole `Cookie` header. */
  readonly cookie: string
  readonly accessToken: string
}

/** Somebody with a session of better-auth's. */
export interface BetterAuthCaller {
  readonly userId: string
  readonly cookie: string
  /** With the cookie that its cookie cache reads. */
  readonly cachedCookie: string
}

/** The databases of a run: the same users and as many sessions in both, and some who can be asked about. */
export interface World {
  readonly folder: string
  readonly cardea: {
    readonly file: string
    readonly callers: readonly CardeaCaller[]
    /** Accounts to sign in with. */
    readonly emails: readonly string[]
  }
  readonly betterAuth: {
    readonly file: string
    readonly callers: readonly BetterAuthCaller[]
    /** Accounts whose password is hashed by its default. */
    readonly scryptEmails: readonly string[]
    /** Accounts whose password is hashed as Cardea's. */
    readonly argon2Emails: readonly string[]
  }
}

/** Takes the list in turn. */
export function turnOf<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError('there is nothing to take')
  return item
}
