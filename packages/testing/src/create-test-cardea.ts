import { createMemoryStorage } from '@cardea/storage/memory'
import {
  type AnyCollection,
  type CardeaEvent,
  createCardea,
  type DeclaredOptions,
  type Logger,
  type NoRows,
  type Storage,
} from 'cardea'
import { createTestClock, type TestClock } from './clock.js'
import { createTestMails, type TestMails } from './mails.js'
import type { TestOptions } from './options.js'
import './refuse-production.js'
import { createSignInAs, type SignInAs } from './sign-in-as.js'

/** The instance that `createCardea` makes of the same options. */
type AuthOf<
  Collections extends readonly AnyCollection[],
  Permission extends string,
  Role extends string,
  Rows,
> = ReturnType<typeof createCardea<Collections, Permission, Role, Rows>>

/** What the instance has written to the log. */
export interface TestLogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** An instance for tests, with all that they want to look at. */
export interface TestCardea<
  Collections extends readonly AnyCollection[],
  Permission extends string,
  Role extends string = string,
  Rows = NoRows,
> {
  /** The instance, migrated and ready. */
  readonly auth: AuthOf<Collections, Permission, Role, Rows>
  readonly storage: Storage
  readonly clock: TestClock
  readonly mails: TestMails
  /** What happened, the first first; `events.length = 0` forgets it. */
  readonly events: CardeaEvent[]
  /** What was logged, the first first. */
  readonly logs: TestLogEntry[]
  /** {@inheritDoc SignInAs} */
  readonly signInAs: SignInAs<AuthOf<Collections, Permission, Role, Rows>>
  /** Waits for what answers do not wait for: work in the background, and mails that are due. */
  readonly settle: () => Promise<void>
  /** Ends the instance, and its storage. */
  readonly close: () => Promise<void>
}

const usualStart = Date.UTC(2026, 0, 15, 10)

/** Argon2id at its smallest: what is stored is what would be, at a price that tests can pay. */
const cheapHashing = { memoryKibibytes: 8, iterations: 1 } as const

/**
 * Builds an instance for tests from the app's own options, with its types, and makes its tables.
 *
 * It has a clock that stands still, passwords that are cheap to hash, keeps mails, events and logs, and has a secret and a
 * base URL (`https://app.test`) where the options have none.
 *
 * ```ts
 * const { auth, clock, mails, signInAs } = await createTestCardea({ collections, permissions, roles })
 * ```
 *
 * @throws CardeaError what `createCardea`, `migrate` and `ready` throw.
 */
export async function createTestCardea<
  const Collections extends readonly AnyCollection[] = readonly [],
  Permission extends string = never,
  Role extends string = never,
  Rows = NoRows,
  DefaultRole extends string = string,
>(
  options: TestOptions<Collections, Permission, Role, Rows> &
    DeclaredOptions<Collections, Permission, Role, Rows, DefaultRole> = {},
): Promise<TestCardea<Collections, Permission, Role, Rows>> {
  const { startAt = usualStart, mail, ...others } = options
  const { clock, timers } = createTestClock(startAt)
  const storage = options.storage ?? createMemoryStorage({ clock: clock.now })
  const { mails, send } = createTestMails(() => settle())
  const events: CardeaEvent[] = []
  const { logs, logger } = createTestLogger(options.logger)
  const pending = new Set<Promise<unknown>>()
  const auth = createCardea<Collections, Permission, Role, Rows, DefaultRole>({
    ...others,
    storage,
    secret: options.secret ?? 'a secret of tests, and of nothing else',
    baseUrl: options.baseUrl ?? 'https://app.test',
    environment: options.environment ?? 'test',
    passwords: { ...options.passwords, ...cheapHashing },
    mail: mail === false ? undefined : { from: 'no-reply@app.test', ...mail, transport: send },
    clock: clock.now,
    timers,
    logger,
    onEvent: (event) => {
      events.push(event)
      return options.onEvent?.(event)
    },
    background: (work) => {
      pending.add(work)
      void work.finally(() => pending.delete(work))
      return options.background?.(work)
    },
  })
  const drain = async (): Promise<void> => {
    while (pending.size > 0) await Promise.all(pending)
  }
  const settle = async (): Promise<void> => {
    await drain()
    if (mail === false) return
    await auth.jobs.run({ limit: 10_000 })
    await drain()
  }
  await auth.migrate()
  await auth.ready()
  return {
    auth,
    storage,
    clock,
    mails,
    events,
    logs,
    // The types of users and fields are those of the collections that the options declare; at run time all are checked.
    signInAs: createSignInAs(auth, clock) as SignInAs<AuthOf<Collections, Permission, Role, Rows>>,
    settle,
    close: () => auth.close(),
  }
}

function createTestLogger(own: Logger | undefined): { readonly logs: TestLogEntry[]; readonly logger: Logger } {
  const logs: TestLogEntry[] = []
  const note =
    (level: TestLogEntry['level']) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): unknown => {
      logs.push({ level, message, fields })
      return own?.[level](message, fields)
    }
  return { logs, logger: { info: note('info'), warn: note('warn'), error: note('error') } }
}
