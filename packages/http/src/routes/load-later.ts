import { lazy } from '@cardea/core'

export const loadLater = lazy(() => import('./later.js'))
