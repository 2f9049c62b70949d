import { AsyncLocalStorage } from 'node:async_hooks'
import { isCardeaError } from '@cardea/core'

/** Who asks for something, such as what `auth.verify` finds. */
export interface Asking {
  readonly principalId: string
  readonly session?: { readonly id: string; readonly actorId?: string | null } | undefined
  readonly apiKey?: { readonly id: string } | undefined
}

/** What is known of a request. None of it is trusted for anything but events. */
export interface RequestInfo {
  /** The client's address as the app trusts it; not a header. */
  readonly ip?: string | null
  readonly userAgent?: string | null
  readonly requestId?: string | null
  /** Who asks; absent for nobody who is known. */
  readonly by?: Asking | undefined
}

/** A request while it is worked on, and what has to be written before it is answered. */
interface Current {
  readonly info: RequestInfo
  readonly written: Promise<void>[]
  /** Resolves once all of it is, and the request can be answered. */
  readonly ended: Promise<void>
}

/** Tells what is known of the request that code runs for, without its being handed through. */
export interface RequestContext {
  /** Undefined where no request was told of. */
  current(): RequestInfo | undefined
  /** Has the request that runs now wait before it is answered. */
  awaits(written: Promise<void>): void
  /** Resolves once the request that runs now can be answered; at once where there is none. */
  ended(): Promise<void>
  /** Runs work for a request, and waits for what of it has to be written. */
  run<Result>(info: RequestInfo, work: () => Promise<Result>): Promise<Result>
  /** Runs work that is not for the request that happened to start it. */
  outside<Result>(work: () => Result, info?: RequestInfo): Result
}

/** Each instance has its own. */
export function createRequestContext(): RequestContext {
  const storage = new AsyncLocalStorage<Current | undefined>()
  return {
    current: () => storage.getStore()?.info,
    awaits(written) {
      storage.getStore()?.written.push(written)
    },
    ended: () => storage.getStore()?.ended ?? Promise.resolve(),
    async run(info, work) {
      let resolve = (): void => undefined
      const ended = new Promise<void>((end) => {
        resolve = end
      })
      const current: Current = { info, written: [], ended }
      let isAway = false
      try {
        return await storage.run(current, work)
      } catch (error) {
        isAway = isCardeaError(error, 'unavailable')
        throw error
      } finally {
        // Storage that could not do the work is not waited for once more.
        if (!isAway) await Promise.all(current.written)
        resolve()
      }
    },
    outside: (work, info) =>
      storage.run(info === undefined ? undefined : { info, written: [], ended: Promise.resolve() }, work),
  }
}
