import type { CardeaEvent } from '../api/events.js'
import type { Logger } from '../options/logger.js'
import { isolate } from './isolate.js'

/** Reports what happened. */
export type Emit = (event: CardeaEvent) => void

/** Calls the app's listener; what it throws is logged and changes nothing. */
export function createEmit(listener: ((event: CardeaEvent) => unknown) | undefined, logger: Logger): Emit {
  if (listener === undefined) return () => undefined
  return (event) =>
    isolate(
      () => listener(event),
      (error) => logger.error('onEvent failed.', { type: event.type, error }),
    )
}

/** Holds events back until they are known to be true. */
export function createEventBuffer(emit: Emit): { readonly emit: Emit; readonly flush: () => void } {
  const held: CardeaEvent[] = []
  return {
    emit: (event) => {
      held.push(event)
    },
    flush() {
      for (const event of held.splice(0)) emit(event)
    },
  }
}
