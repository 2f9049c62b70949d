import { type AnyCollection, type Cardea, isCardeaError } from 'cardea'
import { type Environment, EnvironmentError } from './environment.ts'

interface FirstAdmin {
  readonly email: string
  readonly password: string
  readonly username?: string
  readonly name: string
}

/** An instance whose users have names. */
export type AppAuth = Pick<Cardea<AnyCollection, AnyCollection, string>, 'migrate' | 'ready' | 'jobs' | 'close'> & {
  readonly permissions: { hasAdmin(): Promise<boolean> }
  createFirstAdmin(admin: FirstAdmin): Promise<unknown>
}

/**
 * Makes the admin of ADMIN_EMAIL and ADMIN_PASSWORD, once, if there is no admin. Several nodes may start together.
 *
 * @throws EnvironmentError where the address or the password cannot be used.
 */
export async function ensureAdmin(auth: AppAuth, admin: Environment['admin']): Promise<void> {
  if (admin === undefined || (await auth.permissions.hasAdmin())) return
  const named = { ...admin, name: 'Administrator' }
  try {
    await auth.createFirstAdmin({ ...named, username: 'admin' }).catch(async (error: unknown) => {
      // Whoever has registered under that name before is not to keep the app from starting.
      if (!isCardeaError(error, 'username_taken')) throw error
      await auth.createFirstAdmin(named)
    })
  } catch (error) {
    if (isCardeaError(error, 'conflict')) return
    if (isCardeaError(error, 'email_taken')) throw new EnvironmentError(`ADMIN_EMAIL: ${error.message}`)
    const [issue] = isCardeaError(error) ? (error.issues ?? []) : []
    if (issue === undefined) throw error
    throw new EnvironmentError(`ADMIN_${issue.path.toUpperCase()} ${issue.message}`)
  }
}
