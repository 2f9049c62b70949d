import { createClient } from '@cardea/client'
import type { Auth } from '../auth.ts'

/** For the browser: of the server's module, nothing but its type is here. */
export const { auth } = createClient<Auth>()
