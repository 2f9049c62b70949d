import type { AnyCollection, InheritedSettings } from '@cardea/collections'
import type { Clock, RandomBytes } from '@cardea/core/crypto'
import type { ChangeHints } from '@cardea/core/hints'
import type { Catalogue, NoRows, Roles } from '@cardea/permissions'
import type { Storage } from '@cardea/storage'
import type { CardeaEvent } from '../api/events.js'
import type { AuditOptions } from '../audit/audit-log.js'
import type { Hooks } from '../hooks/hooks.js'
import type { MailOptions } from '../mail/options.js'
import type { Timers } from '../services/timers.js'
import type { KnownName } from './known-name.js'
import type { Logger } from './logger.js'
import type { OAuthOptions } from './oauth-options.js'
import type { OwnershipOption } from './ownership.js'

/** How long sessions and tokens live. All limits hold at once; the earliest wins. */
export interface LifetimeOptions {
  /** Life of an access token, in seconds. Default 86,400 (24 hours). */
  readonly accessSeconds?: number
  /** Life of the session cookie, in seconds. Default 86,400 (24 hours). */
  readonly cookieSeconds?: number
  /** Life of the session cookie where the user asked to be remembered, in seconds. Default 2,592,000 (30 days). */
  readonly rememberSeconds?: number
  /** A session that is not used for this long ends, in seconds. Default 604,800 (7 days). */
  readonly idleSeconds?: number
  /** A session ends after this long, however much it is used, in seconds. Default 2,592,000 (30 days). */
  readonly absoluteSeconds?: number
}

/** What signs access tokens. */
export interface AccessTokenOptions {
  /**
   * `HS256` (default) signs with a key that is derived from `secret`: whoever can verify a token can make one. `EdDSA`
   * (Ed25519) and `ES256` sign with a key pair that is kept in the database, encrypted; everybody verifies with its public
   * half, which `/.well-known/jwks.json` publishes. Tokens of both kinds are accepted while an app goes from one to the other.
   */
  readonly algorithm?: 'HS256' | 'EdDSA' | 'ES256'
  /**
   * How long a key pair signs before `auth.jobs.run()` makes the next one, in seconds; at least 86,400 (a day). Default: until
   * `auth.keys.rotate()` or `cardea keys rotate`.
   */
  readonly rotateEverySeconds?: number
  /** How long a new key pair is published before it signs, in seconds, 600 to 43,200. Default 3,600. */
  readonly publishSeconds?: number
}

/** How sessions reach the client and are checked. */
export interface SessionOptions {
  /** How long sessions, cookies and tokens live. */
  readonly lifetimes?: LifetimeOptions
  /**
   * How many sessions a principal may have, 1 to 10,000: for a new one, the one that was used longest ago ends. Default: as
   * many as there are sign-ins.
   */
  readonly maxPerPrincipal?: number
  /** How long somebody may act as another principal before asking again, in seconds; at most 3,600. Default 900. */
  readonly impersonationSeconds?: number
  /**
   * `strict` (default) looks the session up on every request, so that logging out, disabling and role changes act on the
   * next one. `stateless` trusts an access token until it expires.
   */
  readonly mode?: 'strict' | 'stateless'
  /** What signs access tokens, and how often that changes. */
  readonly accessTokens?: AccessTokenOptions
  /**
   * What signing in hands out: the cookie, the tokens in the body, or both (default). With `cookie`, the refresh token is in a
   * second cookie that only the refresh route gets, and no token is in a body; with `token`, no cookie is set but for a round trip to
   * a provider.
   */
  readonly delivery?: 'both' | 'cookie' | 'token'
  /** Name of the cookie of `users`, default `session`; other collections add `_<collection>`. */
  readonly cookieName?: string
  /**
   * The SameSite attribute of cookies; default `lax`. `none` lets front ends on other sites use them, where the browser still
   * allows that; it needs `cookieSecure`, and origins that are allowed by `cors` of the routes.
   */
  readonly cookieSameSite?: 'lax' | 'strict' | 'none'
  /**
   * Whether cookies go by https alone. Default: whether the base URL is https. In production, false goes with an http base URL
   * alone.
   */
  readonly cookieSecure?: boolean
  /**
   * A domain such as `example.com`, all of whose hosts get the session cookie; the base URL's is one of them. Its name then
   * begins with `__Secure-` in place of `__Host-`, and any of those hosts could plant one. Default: the host of the base URL
   * alone.
   */
  readonly cookieDomain?: string
}

/**
 * What passwords must be like, how they are kept, and what hashing them costs. What they must be like is the same for all
 * collections that do not say otherwise in their own settings.
 *
 * NIST SP 800-63B-4 and OWASP ASVS ask for 15 characters where a password is the only factor, and advise against the three
 * composition rules.
 */
export interface PasswordOptions {
  /** Smallest length in Unicode code points, 8 to 64. Default 8. */
  readonly minLength?: number
  /** Whether an upper-case letter is needed. Default false. */
  readonly requireUpper?: boolean
  /** Whether a digit is needed. Default false. */
  readonly requireNumber?: boolean
  /** Whether a character is needed that is neither letter nor digit. Default false. */
  readonly requireSpecial?: boolean
  /** Whether common passwords are refused, by a list of some 18,000 that comes along. Default true. */
  readonly blocklist?: boolean
  /**
   * Whether stored hashes are also encrypted with a key that is derived from `secret` (AES-256-GCM), so that the database alone
   * gives nothing to guess at. Hashes that are there already are sealed at their owner's next sign-in, and opened again when this
   * is switched off. Without the secret that it was sealed under, a password is lost. Default false.
   */
  readonly pepper?: boolean
  /** Argon2id memory in KiB. Default 19,456, as OWASP recommends with 2 iterations. */
  readonly memoryKibibytes?: number
  /** Argon2id passes. Default 2. */
  readonly iterations?: number
  /**
   * How many hashes run at once. Default: the number of cores, but one fewer than `UV_THREADPOOL_SIZE` (4 where it is not set),
   * so that files and DNS find a thread.
   */
  readonly concurrency?: number
}

/** What API keys look like, and how many there are. */
export interface ApiKeyOptions {
  /** What keys begin with: 2 to 16 letters and digits. Keys made under another prefix stop working. Default `cardea`. */
  readonly prefix?: string
  /** How many keys a principal may have, revoked and expired ones included; at most 10,000. Default 100. */
  readonly maxPerPrincipal?: number
}

/** Options of `createCardea`. Only `storage` is always needed; `ready()` says what else a production deployment lacks. */
export interface CardeaOptions<
  Collections extends readonly AnyCollection[],
  Permission extends string,
  Role extends string = string,
  Rows = NoRows,
> {
  /** Where everything is kept, such as `sqlite('./app.db')` of `@cardea/kysely/sqlite`. */
  readonly storage: Storage
  /**
   * The root secret, or several of which the first signs and all verify. At least 32 bytes each.
   * Outside production a missing secret is replaced by a random one that ends with the process.
   */
  readonly secret?: string | readonly string[] | undefined
  /** The origin under which users reach the app, such as `https://app.example`. Needed in production. */
  readonly baseUrl?: string | undefined
  /** What users call the app, in mails and in their authenticator. Default: the host of the base URL. */
  readonly appName?: string
  /** Where the routes are mounted. Default `/api/v1`. */
  readonly basePath?: string
  /** User systems and record stores of the app. One named `users` adds fields to the built-in users. */
  readonly collections?: Collections
  /** What can be permitted. The SDK's own permissions are always part of it. */
  readonly permissions?: Catalogue<Permission, Rows>
  /** Roles declared in code; an `admin` that bypasses all checks always exists. */
  readonly roles?: Roles<Role>
  /** The role that a newly registered user of `users` gets, by its label; none by default. */
  readonly defaultRole?: string
  /**
   * Tables whose rows belong to users: what `auth.users.reassignAndDelete` and `POST /users/reassign-delete` give to another
   * user. Default: none.
   */
  readonly ownership?: readonly OwnershipOption[]
  /** How sessions reach the client, how long they live, and how they are checked. */
  readonly sessions?: SessionOptions
  /** How principals sign up and in, for all collections that do not say otherwise. */
  readonly auth?: InheritedSettings
  /** Functions of the app that take part in signing up and in. */
  readonly hooks?: Hooks
  /** What passwords must be like, and how they are kept. */
  readonly passwords?: PasswordOptions
  /** How mails are sent. Without it, what needs mail answers `method_disabled`, and notices are not sent. */
  readonly mail?: MailOptions | undefined
  /** Who may vouch for users. Without it nobody signs in through a provider. */
  readonly oauth?: OAuthOptions | undefined
  /** What API keys look like, and how many somebody may have. */
  readonly apiKeys?: ApiKeyOptions
  /**
   * How nodes tell each other that something has changed, such as `redisHints(client)` of `@cardea/redis`: what a node remembers
   * is then put away at once. Without it, and when hints are lost, it is when it is found to be old: see `sessions.mode`.
   */
  readonly hints?: ChangeHints | undefined
  /** Prefix of the tables of collections. Default `auth_`. */
  readonly tablePrefix?: string
  /** Default: `production` when `NODE_ENV` is, else `development`. */
  readonly environment?: 'production' | 'development' | 'test'
  /** Default: lines of JSON on the standard error output. */
  readonly logger?: Logger
  /**
   * Whether security events are kept in the database, which ones, and how long. Default: all of them, for 90 days; they are
   * removed by `auth.jobs.run()`.
   */
  readonly audit?: boolean | AuditOptions
  /** Called after the fact with security events; not awaited. What it throws or rejects with is logged, no more. */
  readonly onEvent?: (event: CardeaEvent) => unknown
  /** Hands work that may outlive the response to the platform (`waitUntil`, `after`). Default: it runs on by itself. */
  readonly background?: (work: Promise<unknown>) => unknown
  /** The current time in milliseconds; for tests. */
  readonly clock?: Clock
  /** What makes something happen later; for tests. */
  readonly timers?: Timers
  /** A secure random generator; for tests. */
  readonly random?: RandomBytes
}

/**
 * What types are inferred from, and how it has to fit together. Beside the options, since from these the compiler infers nothing once
 * `storage` is missing and something else is misspelt: it would then complain of permissions and roles, which are right.
 *
 * @typeParam DefaultRole The label that `defaultRole` is given, which the compiler finds itself.
 */
export interface DeclaredOptions<
  Collections extends readonly AnyCollection[],
  Permission extends string,
  Role extends string,
  Rows,
  DefaultRole extends string,
> {
  readonly collections?: Collections & Related<Collections>
  readonly permissions?: Catalogue<Permission, Rows>
  readonly roles?: Roles<Role>
  readonly defaultRole?: KnownName<[Role] extends [never] ? string : NoInfer<Role> | 'admin', DefaultRole>
}

/**
 * Collections whose relations name one of them, or the users. Most fields of an app are of few types, so that it costs compilers half
 * as much to look for one that is wrong as to say of each what it has to be.
 */
type Related<
  Collections extends readonly AnyCollection[],
  Names extends string = Collections[number]['name'] | 'users',
> = [Stray<FieldOf<Collections[number]>, Names>] extends [never]
  ? unknown
  : {
      readonly [Place in keyof Collections]: {
        readonly fields: {
          readonly [Name in keyof Collections[Place]['fields'] as Stray<
            Collections[Place]['fields'][Name],
            Names
          > extends never
            ? never
            : Name]: { readonly collection: Names }
        }
      }
    }

type FieldOf<C extends AnyCollection> = C extends unknown ? C['fields'][keyof C['fields']] : never

/** A relation to no collection. A name that is not written out is none. */
type Stray<Field, Names extends string> = Field extends { readonly collection: infer Target extends string }
  ? Target extends KnownName<Names, Target>
    ? never
    : Field
  : never
