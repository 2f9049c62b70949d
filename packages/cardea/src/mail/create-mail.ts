import { CardeaError } from '@cardea/core'
import { loadOperations } from '../later/load-operations.js'
import { answered } from '../services/pause.js'
import type { Services } from '../services/services.js'
import { createSharedRead } from '../services/shared-read.js'
import type { Timers } from '../services/timers.js'
import type { DeliveryDeps } from './deliver.js'
import { insertJob } from './insert-job.js'
import type { MailJobs } from './jobs.js'
import { isEssential } from './kinds.js'
import { assertLinks, mailLink } from './links.js'
import type { Mail } from './mail.js'
import type { MailOptions } from './options.js'
import type { MailPreparers } from './preparer.js'
import { openTransport } from './transport.js'
import type { Run } from './worker.js'

const defaultTimeoutSeconds = 15
const defaultLimit = 100
/** How long ending may go on with what is due; the rest waits for the next process. */
const windDownMilliseconds = 10_000
/** When to look again after storage was not to be reached. */
const afterErrorMilliseconds = 60_000

/** What mails take beside the services. */
export interface MailDeps {
  readonly options: MailOptions | undefined
  readonly baseUrl: string
  readonly appName: string
  readonly timers: Timers
  readonly preparers?: MailPreparers
}

/**
 * Builds the outbox and its worker. No I/O and no timer until the first job.
 *
 * @param services The services that mails are one of; asked for when a job is worked on.
 * @throws CardeaError `configuration_invalid` for links that lead elsewhere.
 */
export function createMail(deps: MailDeps, services: () => Services): Mail {
  const { options, baseUrl, timers } = deps
  const links = options?.links ?? {}
  assertLinks(links, baseUrl)
  const timeoutMilliseconds = (options?.timeoutSeconds ?? defaultTimeoutSeconds) * 1_000
  const transport = options === undefined ? undefined : openTransport(options.transport, timeoutMilliseconds)
  const delivery: DeliveryDeps | undefined =
    options === undefined || transport === undefined
      ? undefined
      : {
          options,
          transport,
          timers,
          timeoutMilliseconds,
          appName: deps.appName,
          preparers: deps.preparers,
        }
  const running = new Set<Promise<Run>>()
  const alarm = createAlarm(timers, () => kick())
  let endsAt = Number.POSITIVE_INFINITY
  let closed = false

  const goesOn = (): boolean => !closed && services().clock() < endsAt
  const run = async (limit: number): Promise<Run> => {
    if (delivery === undefined || closed) return { sent: 0, failed: 0, dropped: 0, nextAt: undefined }
    // It works for whoever has asked for a mail, not for the request that has woken it.
    const work = services().context.outside(async () =>
      (await loadOperations()).runJobs(delivery, services(), limit, goesOn),
    )
    running.add(work)
    try {
      const done = await work
      setAlarm(done.nextAt)
      return done
    } catch (error) {
      setAlarm(services().clock() + afterErrorMilliseconds)
      throw error
    } finally {
      running.delete(work)
    }
  }
  const setAlarm = (at: number | undefined): void => {
    if (at !== undefined && endsAt === Number.POSITIVE_INFINITY) alarm.set(at - services().clock())
  }
  const sharedRun = createSharedRead(() => run(Number.POSITIVE_INFINITY))
  const kick = (): void => {
    if (delivery === undefined || closed) return
    services().later(async () => {
      // After the answer, which must not take longer where there is a mail to be made.
      await services().context.ended()
      await answered()
      await sharedRun()
    })
  }
  const assertEnabled = (): void => {
    if (delivery !== undefined) return
    throw new CardeaError('method_disabled', 'No mail can be sent: createCardea has no mail option.')
  }

  return {
    enabled: delivery !== undefined,
    load: async () => transport?.load(),
    assertEnabled,
    enqueue: async (operations, job) => {
      if (delivery === undefined) {
        if (isEssential(job.kind)) assertEnabled()
        return
      }
      await insertJob(services(), operations, job)
    },
    kick,
    link: (kind, collection, token) => mailLink(baseUrl, links, { kind, collection, token }),
    jobs: bindJobs(services, run, kick),
    windDown: () => {
      alarm.stop()
      endsAt = services().clock() + windDownMilliseconds
    },
    close: async () => {
      alarm.stop()
      closed = true
      await Promise.allSettled(running)
      await transport?.close()
    },
  }
}

function bindJobs(services: () => Services, run: (limit: number) => Promise<Run>, kick: () => void): MailJobs {
  return Object.freeze<MailJobs>({
    run: async ({ limit = defaultLimit } = {}) => {
      assertLimit(limit)
      const { audit, changes, storage, clock, sessions } = services()
      const { sent, failed, dropped } = await run(limit)
      const { countWaiting, purgeExpired } = await loadOperations()
      await purgeExpired(storage, clock(), audit.retentionDays)
      if (await sessions.keys.tend()) changes.publish('keys')
      return { sent, failed, dropped, remaining: await countWaiting(storage) }
    },
    deadLetters: async ({ limit = defaultLimit } = {}) => {
      assertLimit(limit)
      return await (await loadOperations()).findDead(services().storage, limit)
    },
    retryDead: async (id) => {
      const { storage, clock } = services()
      const revived = await (await loadOperations()).reviveJob(storage, id, clock())
      if (revived) kick()
      return revived
    },
    discardDead: async (id) => await (await loadOperations()).discardJob(services().storage, id),
  })
}

function assertLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit > 0) return
  throw new CardeaError('invalid_request', 'auth.jobs: limit must be a positive integer')
}

/** A timer of more than 24 days rings at once; whoever wakes in between sets the next one. */
const maximumAlarmMilliseconds = 3_600_000

/** One timer at most, for the earliest of what it was set to. It holds no process up. */
function createAlarm(timers: Timers, ring: () => void): { set: (milliseconds: number) => void; stop: () => void } {
  let stopTimer: (() => void) | undefined
  const stop = (): void => {
    stopTimer?.()
    stopTimer = undefined
  }
  return {
    stop,
    set(milliseconds) {
      stop()
      const wait = Math.min(Math.max(milliseconds, 0), maximumAlarmMilliseconds)
      stopTimer = timers.after(
        wait,
        () => {
          stopTimer = undefined
          ring()
        },
        { background: true },
      )
    },
  }
}
