import type { ChangeHints, ChangeTopic } from '@cardea/core/hints'
import type { Timers } from './timers.js'

/** Hints between the nodes of one process, at once. */
export function createLocalHints(): ChangeHints & { readonly published: ChangeTopic[]; readonly listeners: number } {
  const listeners = new Set<(topic: ChangeTopic) => void>()
  const published: ChangeTopic[] = []
  return {
    published,
    get listeners() {
      return listeners.size
    },
    publish(topic) {
      published.push(topic)
      for (const listener of listeners) listener(topic)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Timers that only go when told. */
export function createHandTimers(): Timers & { fire(): void; waiting(): number } {
  const waiting = new Set<() => void>()
  return {
    after(_milliseconds, work) {
      waiting.add(work)
      return () => waiting.delete(work)
    },
    fire() {
      for (const work of Array.from(waiting)) {
        waiting.delete(work)
        work()
      }
    },
    waiting: () => waiting.size,
  }
}
