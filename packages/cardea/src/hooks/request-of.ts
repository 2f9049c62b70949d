import type { ClientDetails } from '@cardea/sessions'
import type { HookRequest } from './hooks.js'

/** A request as hooks are told of it. */
export const requestOf = ({ ip = null, userAgent = null }: ClientDetails): HookRequest => ({ ip, userAgent })
