import type { Part } from './context.ts'
import { guardedRoute } from './guarded-route.ts'
import { passwordSignIn } from './password-sign-in.ts'
import { sessionAndPermission } from './session-and-permission.ts'
import { sessionCheck } from './session-check.ts'
import { signInFlood } from './sign-in-flood.ts'

export const allParts: readonly Part[] = [sessionCheck, sessionAndPermission, guardedRoute, passwordSignIn, signInFlood]
