import type { AuthSettings } from '@cardea/collections'

/** An invitation is accepted by setting a password. */
export const withPassword = ({ password }: AuthSettings): boolean => password.enabled
export const noPassword = 'Passwords are not enabled.'
