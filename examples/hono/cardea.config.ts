import { type Auth, openAuth } from './src/auth.ts'
import { openDatabase } from './src/database.ts'
import { readEnvironment } from './src/environment.ts'
import { openMail } from './src/mail.ts'

/** The instance for the command line: `npx cardea doctor`, `migrate`, `admin create`. */
export function auth(): Auth {
  const environment = readEnvironment(process.env)
  return openAuth(environment, openDatabase(environment.databaseUrl), { mail: openMail(environment).options })
}
