import type { Authentication } from '../api/sign-in.js'

/** What an event says of who did it, where that was somebody else than whom it is about. */
export const actorEvent = (by: Authentication | undefined, principalId: string): { readonly actorId?: string } =>
  by === undefined || by.principalId === principalId ? {} : { actorId: by.principalId }
