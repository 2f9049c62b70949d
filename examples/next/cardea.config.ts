import { openDemo } from '@cardea-examples/shared'
import { type Auth, openAuth } from './src/auth.ts'

/** The instance for the command line: `npx cardea doctor`, `migrate`, `admin create`. */
export function auth(): Auth {
  return openAuth(openDemo(process.env))
}
