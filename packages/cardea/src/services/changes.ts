import type { ChangeHints, ChangeTopic } from '@cardea/core/hints'
import type { Logger } from '../options/logger.js'
import { isolate } from './isolate.js'
import type { Timers } from './timers.js'

/**
 * How often a topic is acted on at most. Whoever floods a node with hints makes it read again twice a second what its
 * requests need, no more.
 */
const pauseMilliseconds = 500

/** Tells other nodes what this one has changed, and hears it from them. Without hints, nothing is told and nothing heard. */
export interface Changes {
  /** Comes after the commit; where the app's transaction is still open, it waits for that. Never throws. */
  publish(topic: ChangeTopic): void
  /** Has something put away when another node, or this one, says that it has changed. */
  on(topic: ChangeTopic, putAway: () => void): void
  /** Begins to hear. Only the first call does anything. */
  listen(): void
  /** Hears no more. */
  stop(): void
}

export function createChanges(hints: ChangeHints | undefined, timers: Timers, logger: Logger): Changes {
  if (hints === undefined) {
    const nothing = (): void => undefined
    return { publish: nothing, on: nothing, listen: nothing, stop: nothing }
  }
  const listeners: Readonly<Record<ChangeTopic, (() => void)[]>> = { policy: [], configuration: [], keys: [] }
  const pauses = new Map<ChangeTopic, { again: boolean; readonly end: () => void }>()
  let unsubscribe: (() => void) | undefined
  let isOver = false

  /** The first of many acts at once, the others together when its pause is over. */
  const hear = (topic: ChangeTopic): void => {
    // Whatever hands hints on, what comes is from outside.
    if (isOver || !Object.hasOwn(listeners, topic)) return
    const pause = pauses.get(topic)
    if (pause !== undefined) {
      pause.again = true
      return
    }
    const end = timers.after(
      pauseMilliseconds,
      () => {
        const isDue = pauses.get(topic)?.again === true
        pauses.delete(topic)
        if (isDue) hear(topic)
      },
      { background: true },
    )
    pauses.set(topic, { again: false, end })
    for (const putAway of listeners[topic]) putAway()
  }
  return {
    publish: (topic) =>
      isolate(
        () => hints.publish(topic),
        (error) => logger.warn('hints: publish failed.', { topic, error }),
      ),
    on: (topic, putAway) => {
      listeners[topic].push(putAway)
    },
    listen() {
      if (!isOver) unsubscribe ??= hints.subscribe(hear)
    },
    stop() {
      isOver = true
      unsubscribe?.()
      for (const { end } of pauses.values()) end()
      pauses.clear()
    },
  }
}

/** Holds back what is published until it is known to be true. */
export function holdChanges(changes: Changes): { readonly changes: Changes; readonly flush: () => void } {
  const held = new Set<ChangeTopic>()
  return {
    changes: {
      ...changes,
      publish: (topic) => {
        held.add(topic)
      },
    },
    flush() {
      for (const topic of held) changes.publish(topic)
      held.clear()
    },
  }
}
