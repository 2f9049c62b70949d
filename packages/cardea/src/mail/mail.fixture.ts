import type { Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { createCardea } from '../create-cardea.js'
import type { Hooks } from '../hooks/hooks.js'
import type { CardeaOptions } from '../options/options.js'
import { resolveConfig } from '../options/resolve.js'
import { createBackground } from '../services/background.js'
import { createServices } from '../services/create-services.js'
import type { Services } from '../services/services.js'
import type { Timers } from '../services/timers.js'
import { cheapHashing, createTestLogger, secret } from '../testing.fixture.js'
import { createMail } from './create-mail.js'
import { createMailbox } from './mailbox.js'
import type { MailOptions } from './options.js'
import type { MailPreparers } from './preparer.js'
import { mailPreparers } from './preparers.js'

/** Timers that only ring when told. */
export function createTestTimers(now: () => number): Timers & {
  /** How long until each that was started and not stopped, in milliseconds. */
  readonly waits: () => readonly number[]
  /** Rings what is due. */
  readonly ring: () => void
} {
  const started = new Set<{ readonly at: number; readonly work: () => void }>()
  return {
    after(milliseconds, work) {
      const timer = { at: now() + milliseconds, work }
      started.add(timer)
      return () => {
        started.delete(timer)
      }
    },
    waits: () => [...started].map(({ at }) => at - now()).sort((one, other) => one - other),
    ring() {
      for (const timer of [...started].filter(({ at }) => at <= now())) {
        started.delete(timer)
        timer.work()
      }
    },
  }
}

export interface MailTestOptions {
  readonly storage?: Storage
  readonly clock?: () => number
  /** What is other than a mailbox. */
  readonly mail?: Partial<MailOptions>
  readonly preparers?: MailPreparers
  readonly timers?: Timers
  readonly baseUrl?: string
  readonly hooks?: Hooks
}

/** Services with a mailbox, on memory or on a storage whose tables are there. */
export function createMailTest(options: MailTestOptions = {}) {
  let now = Date.UTC(2026, 0, 15, 10)
  const clock = options.clock ?? (() => now)
  const logger = createTestLogger()
  const mailbox = createMailbox()
  const timers = createTestTimers(clock)
  const storage = options.storage ?? createMemoryStorage({ clock })
  const mail: MailOptions = { transport: mailbox.send, from: 'App <no-reply@app.test>', ...options.mail }
  const all: CardeaOptions<readonly [], never> = {
    storage,
    secret,
    environment: 'test',
    baseUrl: options.baseUrl ?? 'https://app.test',
    clock,
    logger,
    passwords: cheapHashing,
    timers: options.timers ?? timers,
    mail,
    ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
  }
  const background = createBackground(undefined, logger)
  const config = resolveConfig(all, (work) => background.run(work))
  const base = createServices(all, config, () => undefined)
  const services: Services = {
    ...base,
    mail: createMail(
      {
        options: mail,
        baseUrl: config.baseUrl,
        appName: 'App',
        timers: options.timers ?? timers,
        preparers: { ...mailPreparers, ...options.preparers },
      },
      () => services,
    ),
  }
  return {
    services,
    mail: services.mail,
    storage,
    logger,
    mailbox,
    timers,
    drain: () => background.drain(),
    advance: (milliseconds: number) => {
      now += milliseconds
    },
    migrate: () => createCardea(all).migrate(),
  }
}
