import { matches } from '@cardea/core'
import { sessions } from '@cardea/storage'
import type { SessionContext } from './context.js'

/** What a principal has proved in a session that goes on. */
export interface RenewedProof {
  /** The principal's epoch, read before what was proved was compared: a session of another one is not touched. */
  readonly epoch: number
  /** All methods that count from now on, as in RFC 8176. */
  readonly amr: readonly string[]
  /** Authenticator assurance level, as in NIST SP 800-63B. */
  readonly aal: 1 | 2 | 3
  /** When it was proved, in milliseconds since 1970. */
  readonly authTime: number
}

export async function renewProof(
  { operations }: SessionContext,
  sessionId: string,
  { epoch, amr, aal, authTime }: RenewedProof,
): Promise<boolean> {
  const changed = await operations.update(sessions, {
    where: matches({ id: sessionId, epoch }),
    set: { amr: [...amr], aal, auth_time: authTime },
  })
  return changed === 1
}
