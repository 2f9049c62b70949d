import { type ErrorCode, isCardeaError } from '@cardea/core'
import type { Clock, CreateId } from '@cardea/core/crypto'
import { audit, type NewRowOf, type StorageOperations } from '@cardea/storage'
import { type CardeaEvent, type EventType, eventKinds } from '../api/events.js'
import type { Logger } from '../options/logger.js'
import { createSharedRead } from '../services/shared-read.js'
import { auditRow, type Noted } from './audit-row.js'
import { createFailureGatherer } from './gather-failures.js'
import { createOrderedIds } from './ordered-ids.js'

/** Rows of one insert: few enough for the parameters that a statement may have, 13 a row. */
const portion = 200
/** Events that wait while storage is not to be reached. What comes on top is lost, and how much is logged. */
const mostWaiting = 10_000

/** What of events is kept, and how long. */
export interface AuditOptions {
  /** Days after which `auth.jobs.run()` removes an event; null for never. Default 90. */
  readonly retentionDays?: number | null
  /** Failures a minute and node that have a row each; those beyond share rows that count them. Default 300. */
  readonly failuresPerMinute?: number
  /** Kinds that are not kept. `onEvent` is told of them all the same. */
  readonly except?: readonly EventType[]
}

const defaultRetentionDays = 90
const defaultFailuresPerMinute = 300

/** Where events are kept. */
export interface AuditLog {
  /** Undefined where nothing is kept at all. */
  readonly retentionDays: number | null | undefined
  /**
   * Takes an event, to be written at once together with whatever else waits.
   *
   * @returns Resolves once it is written, or could not be for now; while storage is away at once. It never rejects.
   */
  add(event: CardeaEvent): Promise<void>
  /** Writes events that belong to a transaction of the app. */
  writeWithin(operations: StorageOperations, events: readonly CardeaEvent[]): Promise<void>
  /** Writes all that waits, failures that were gathered included. */
  flush(): Promise<void>
}

export interface AuditLogDeps {
  readonly storage: StorageOperations
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
  /** Told of writing, so that the platform lets it end. */
  readonly background: (work: Promise<unknown>) => void
}

/** Another attempt may be worth it. What else goes wrong would go wrong again. */
const passing: ReadonlySet<ErrorCode> = new Set(['unavailable', 'transaction_conflict', 'schema_outdated'])

/**
 * Keeps events: those of a moment, of however many requests, by one insert. It runs while requests go on, so that each of them
 * waits for one statement at most.
 */
export function createAuditLog(options: AuditOptions | boolean | undefined, deps: AuditLogDeps): AuditLog {
  if (options === false) return unkept
  const {
    retentionDays = defaultRetentionDays,
    failuresPerMinute = defaultFailuresPerMinute,
    except = [],
  } = typeof options === 'object' ? options : {}
  const unkeptTypes = new Set<EventType>(except)
  const isKept = ({ type }: CardeaEvent): boolean => eventKinds[type].kept && !unkeptTypes.has(type)
  const gatherer = createFailureGatherer(failuresPerMinute)
  const nextId = createOrderedIds(deps.createId)
  const waiting: NewRowOf<typeof audit>[] = []
  let lost = 0
  /** Whether what waits may have been written already: the answer to an insert may be what was lost. */
  let uncertain = false
  /** Whether storage was away when it was last written to. Nobody waits then: each attempt may take as long as a statement may. */
  let away = false
  /** Whoever waits for this attempt or the next: once storage turns out to be away, they go on. */
  const held = new Set<() => void>()

  const note = (noted: readonly Noted[]): void => {
    for (const each of noted) {
      if (waiting.length < mostWaiting) waiting.push(auditRow(nextId(each.event.at), each))
      else lost += 1
    }
  }
  const write = async (): Promise<void> => {
    // What comes meanwhile is the next run's, or whoever waits for this one would wait as long as there are requests.
    for (let left = waiting.length; left > 0; left -= portion) {
      const rows = waiting.slice(0, Math.min(left, portion))
      try {
        await deps.storage.insert(audit, rows, uncertain ? { onConflict: { key: 'primary', do: 'nothing' } } : {})
        uncertain = false
        away = false
        waiting.splice(0, rows.length)
      } catch (error) {
        uncertain = true
        const isPassing = isCardeaError(error) && passing.has(error.code)
        if (!isPassing) waiting.splice(0, rows.length)
        const events = isPassing ? waiting.length : rows.length
        deps.logger.error(isPassing ? 'Events wait for storage.' : 'Events could not be written.', { events, error })
        if (isPassing) {
          away = true
          for (const goOn of held) goOn()
          held.clear()
          return
        }
      }
    }
    if (lost > 0) deps.logger.error('Events were lost while storage was away.', { events: lost })
    lost = 0
  }
  const sharedWrite = createSharedRead(write)

  return {
    retentionDays,
    async add(event) {
      if (!isKept(event)) return
      note(gatherer.take(event))
      if (waiting.length === 0) return
      const written = sharedWrite()
      deps.background(written)
      if (away) return
      await new Promise<void>((goOn) => {
        held.add(goOn)
        const end = (): void => {
          held.delete(goOn)
          goOn()
        }
        written.then(end, end)
      })
    },
    async writeWithin(operations, events) {
      const rows = events.filter(isKept).map((event) => auditRow(nextId(event.at), { event, count: 1 }))
      if (rows.length > 0) await operations.insert(audit, rows)
    },
    async flush() {
      note(gatherer.end())
      if (waiting.length > 0) await sharedWrite()
    },
  }
}

const unkept: AuditLog = {
  retentionDays: undefined,
  add: async () => undefined,
  writeWithin: async () => undefined,
  flush: async () => undefined,
}
