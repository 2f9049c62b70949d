import type { StartedSession } from '@cardea/sessions'
import type { SignIn } from '../api/sign-in.js'

/** A session that has begun, together with whose it is. */
export function toSignIn<User>(started: StartedSession, user: User): SignIn<User> {
  return { user, ...started }
}
