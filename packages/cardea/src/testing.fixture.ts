import { defineCollection, type InheritedSettings, text } from '@cardea/collections'
import type { StatementEvent, Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import type { CardeaEvent } from './api/events.js'
import type { AuditOptions } from './audit/audit-log.js'
import { createCardea } from './create-cardea.js'
import type { SendMail } from './mail/options.js'
import type { Logger } from './options/logger.js'
import type { CardeaOptions } from './options/options.js'
import { cmsPreset } from './presets/cms.js'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: { company: text({ optional: true }), phone: text({ optional: true, unique: true }) },
  auth: { identifiers: ['phone'] },
})

/** Argon2id at its smallest: hashing is tested in identity. */
export const cheapHashing = { memoryKibibytes: 8, iterations: 1 } as const

export const secret = 'a secret for tests: 0f9e8d7c6b5a4938'
const startOfTime = Date.UTC(2026, 0, 15, 10)

/** A clock that only moves when told. */
function createTestClock() {
  let now = startOfTime
  return {
    now: () => now,
    advance: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

/** A logger that keeps what it is told. */
export function createTestLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = []
  const note =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
    }
  return { lines, info: note('info'), warn: note('warn'), error: note('error') }
}

/** An instance on a storage, with all that a test wants to look at. */
export function createTestCardea(
  options: {
    readonly storage?: Storage
    readonly memoryKibibytes?: number
    readonly iterations?: number
    readonly mode?: 'strict' | 'stateless'
    readonly tablePrefix?: string
    /** One more collection, of this name. */
    readonly also?: string
    /** How principals sign up and in, in all collections. */
    readonly auth?: InheritedSettings
    readonly send?: SendMail
    /** What of events is kept. Default: nothing, so that what is looked at is the operations' own. */
    readonly audit?: boolean | AuditOptions
    readonly more?: Pick<
      CardeaOptions<readonly [], never>,
      'auth' | 'baseUrl' | 'hints' | 'hooks' | 'mail' | 'oauth' | 'timers'
    >
  } = {},
) {
  const clock = createTestClock()
  const logger = createTestLogger()
  const events: CardeaEvent[] = []
  const statements: StatementEvent[] = []
  const pending: Promise<unknown>[] = []
  const storage = options.storage ?? createMemoryStorage({ clock: clock.now, log: (event) => statements.push(event) })
  const auth = createCardea({
    ...cmsPreset,
    storage,
    secret,
    environment: 'test',
    collections: [customers, ...(options.also === undefined ? [] : [defineCollection(options.also, { type: 'auth' })])],
    ...(options.tablePrefix === undefined ? {} : { tablePrefix: options.tablePrefix }),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    ...(options.send === undefined ? {} : { mail: { transport: options.send, from: 'Shop <shop@example.com>' } }),
    sessions: { mode: options.mode ?? 'strict' },
    passwords: {
      memoryKibibytes: options.memoryKibibytes ?? cheapHashing.memoryKibibytes,
      iterations: options.iterations ?? cheapHashing.iterations,
    },
    audit: options.audit ?? false,
    ...options.more,
    clock: clock.now,
    logger,
    onEvent: (event) => events.push(event),
    background: (work) => pending.push(work),
  })
  /** Waits for what answers do not wait for. */
  const settle = async (): Promise<void> => {
    while (pending.length > 0) await Promise.all(pending.splice(0))
  }
  /** What was executed while work ran and after it, without BEGIN and COMMIT. */
  const statementsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    await settle()
    const before = statements.length
    await work()
    await settle()
    return statements.slice(before).flatMap(({ kind, sql }) => (kind === 'statement' ? [sql] : []))
  }
  return { auth, storage, clock, logger, events, statements, statementsOf, settle }
}

export const jane = {
  email: 'jane@example.com',
  password: 'secure-password',
  username: 'jdoe',
  name: 'Jane Doe',
} as const
