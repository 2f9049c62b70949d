import type { ThrottleKey } from '@cardea/identity'

/** Under what wrong passwords in a row, given in sessions, are counted. Whatever forgets the wrong guesses at the account forgets these. */
export const keyInSessions = (principalId: string): ThrottleKey => ['own-password-failures', principalId]
