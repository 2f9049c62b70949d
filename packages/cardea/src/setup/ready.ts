import { lazy } from '@cardea/core'
import type { Table } from '@cardea/storage'
import type { Services } from '../services/services.js'
import type { ReadySettings } from './check-instance.js'

/** A module of its own: every process needs it once, and none the rest of what loads later for it. */
const loadChecks = lazy(() => import('./check-instance.js'))

/** The steps before the first request. Each is shared by callers at the same time and, once it succeeded, remembered. */
export interface Readiness {
  /** Settings, schema, declared roles, collections defined at run time. */
  readonly prepare: () => Promise<void>
  /** The same, and then the set-up code on the log while there is no admin, and what does not fit together of permissions. */
  readonly ready: () => Promise<void>
  /** Forgets what was checked, after the schema has changed. */
  readonly reset: () => void
}

/** Builds the steps. A failure is not remembered, so an app that starts before its database comes up by itself. */
export function createReadiness(services: Services, settings: ReadySettings, tables: readonly Table[]): Readiness {
  const prepare = once(async () => (await loadChecks()).checkInstance(services, settings, tables))
  // Not forgotten after a migration: it is said once.
  const hashing = once(async () => (await loadChecks()).warnOfOtherHash(services))
  const ready = once(async () => {
    await prepare.run()
    await hashing.run()
    await (await loadChecks()).announceSetupCode(services)
    // What a former process has left behind.
    services.mail.kick()
  })
  // What code that loads later needs is looked at from the first time on.
  const review = lazy(async () => (await loadChecks()).createReview(services))
  return {
    prepare: prepare.run,
    ready: async () => {
      await ready.run()
      await (await review())()
    },
    reset: () => {
      prepare.reset()
      ready.reset()
    },
  }
}

function once(work: () => Promise<void>): { readonly run: () => Promise<void>; readonly reset: () => void } {
  let pending: Promise<void> | undefined
  const reset = (): void => {
    pending = undefined
  }
  return {
    run: () => {
      pending ??= work().catch((error: unknown) => {
        reset()
        throw error
      })
      return pending
    },
    reset,
  }
}
