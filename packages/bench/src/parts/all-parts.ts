import { coldStart } from './cold-start.ts'
import type { Part } from './context.ts'
import { databases } from './databases.ts'
import { growth } from './growth.ts'
import { guardedRoute } from './guarded-route.ts'
import { listPages } from './list-pages.ts'
import { passwordSignIn } from './password-sign-in.ts'
import { permissionChecks } from './permission-checks.ts'
import { permissionCrowd } from './permission-crowd.ts'
import { policyAtSize } from './policy-at-size.ts'
import { sessionAndPermission } from './session-and-permission.ts'
import { sessionCheck } from './session-check.ts'
import { signInCrowd } from './sign-in-crowd.ts'
import { signInFlood } from './sign-in-flood.ts'
import { sizes } from './sizes.ts'
import { statements } from './statements.ts'
import { typeChecks } from './type-checks.ts'

/** The benchmarks, in the order in which they run. */
export const allParts: readonly Part[] = [
  sessionCheck,
  sessionAndPermission,
  guardedRoute,
  databases,
  passwordSignIn,
  signInFlood,
  signInCrowd,
  permissionChecks,
  permissionCrowd,
  policyAtSize,
  listPages,
  growth,
  coldStart,
  sizes,
  statements,
  typeChecks,
]
