import { CardeaError } from '@cardea/core'
import type { Authentication } from '../api/sign-in.js'

/**
 * Refuses whoever acts as somebody else: what the principal proves itself with, and what ends its sessions, is its own.
 *
 * @throws CardeaError `forbidden`.
 */
export function assertNotActing({ session }: Pick<Authentication, 'session'>): void {
  if (session !== undefined && session.actorId !== null) {
    throw new CardeaError('forbidden', 'This is not for somebody who acts as the user.')
  }
}
