import { type AnyCollection, type Cardea, isCardeaError } from 'cardea'
import type { Environment } from './environment.ts'

/** An instance whose users have names. */
export type AppAuth = Pick<Cardea<AnyCollection, AnyCollection, string>, 'migrate' | 'ready' | 'jobs' | 'close'> & {
  readonly permissions: { hasAdmin(): Promise<boolean> }
  createFirstAdmin(admin: {
    readonly email: string
    readonly password: string
    readonly username: string
    readonly name: string
  }): Promise<unknown>
}

/** Makes the admin of ADMIN_EMAIL and ADMIN_PASSWORD, once, if there is no admin. Several nodes may start together. */
export async function ensureAdmin(auth: AppAuth, admin: Environment['admin']): Promise<void> {
  if (admin === undefined || (await auth.permissions.hasAdmin())) return
  try {
    await auth.createFirstAdmin({
      email: admin.email,
      password: admin.password,
      username: 'admin',
      name: 'Administrator',
    })
  } catch (error) {
    if (!isCardeaError(error, 'conflict')) throw error
  }
}
