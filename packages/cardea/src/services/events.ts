import type { CardeaEvent, NewEvent } from '../api/events.js'
import type { AuditLog } from '../audit/audit-log.js'
import { completeEvent } from '../audit/complete-event.js'
import type { RequestContext, RequestInfo } from '../audit/request-context.js'
import type { Logger } from '../options/logger.js'
import { isolate } from './isolate.js'

/** Reports what happened; what is known of the request comes on top. */
export type Emit = (event: NewEvent) => void

/** Calls the app's listener; what it throws is logged and changes nothing. */
export type Tell = (event: CardeaEvent) => void

export function createTell(listener: ((event: CardeaEvent) => unknown) | undefined, logger: Logger): Tell {
  if (listener === undefined) return () => undefined
  return (event) =>
    isolate(
      () => listener(event),
      (error) => logger.error('onEvent failed.', { type: event.type, error }),
    )
}

/** What reporting takes. */
export interface EmitDeps {
  readonly audit: AuditLog
  readonly context: RequestContext
  readonly tell: Tell
}

/** Has an event kept, and tells the app. */
export function createEmit({ audit, context, tell }: EmitDeps): Emit {
  return (event) => {
    const complete = completeEvent(event, context.current())
    context.awaits(audit.add(complete))
    tell(complete)
  }
}

/** Reports what an adapter has refused. It knows the request, and its answer waits for nothing. */
export function createReport({ audit, context, tell }: EmitDeps): (event: NewEvent, info?: RequestInfo) => void {
  return (event, info = context.current()) => {
    const complete = completeEvent(event, info)
    void audit.add(complete)
    tell(complete)
  }
}

/** Events of a transaction of the app: their rows go with it, and the app is told once it has committed. */
export interface HeldEvents {
  readonly emit: Emit
  /** @returns Those whose rows are still to be written. */
  takeUnwritten(): readonly CardeaEvent[]
  /** Tells of all: they are known to be true. */
  flush(): void
}

export function holdEvents({ context, tell }: Omit<EmitDeps, 'audit'>): HeldEvents {
  const untold: CardeaEvent[] = []
  const unwritten: CardeaEvent[] = []
  return {
    emit(event) {
      const complete = completeEvent(event, context.current())
      untold.push(complete)
      unwritten.push(complete)
    },
    takeUnwritten: () => unwritten.splice(0),
    flush() {
      for (const event of untold.splice(0)) tell(event)
    },
  }
}
