import { isCardeaError } from 'cardea'
import type { Auth } from './auth.ts'
import type { Environment } from './environment.ts'

/** Makes the admin of ADMIN_EMAIL and ADMIN_PASSWORD, once, if there is no admin. Several nodes may start together. */
export async function ensureAdmin(auth: Auth, admin: Environment['admin']): Promise<void> {
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
