import { lazy } from '@cardea/core'

/**
 * Loads what an instance can do beside looking at credentials, with the first call of any of it: an import of
 * the package and the first requests of most processes go without.
 *
 * It is one module on purpose. A bundler puts whatever the start shares with each lazily loaded module into a chunk of its
 * own; with a module for each domain there were 29 of them, and what loads at once was a tenth larger for it.
 */
export const loadOperations = lazy(() => import('./operations.js'))
