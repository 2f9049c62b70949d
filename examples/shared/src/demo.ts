import type { HttpOptions } from '@cardea/http'
import type { Logger, OAuthOptions } from 'cardea'
import { type AppAuth, ensureAdmin } from './admin.ts'
import { createAppTables, type Database, openDatabase } from './database.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { type DemoMail, openMail } from './mail.ts'
import type { Nodes } from './nodes.ts'
import { readProviders } from './oauth.ts'

/** What a demo is made of, but for Cardea. */
export interface Demo {
  readonly environment: Environment
  readonly database: Database
  readonly mail: DemoMail
  readonly oauth: OAuthOptions | undefined
}

/** @throws EnvironmentError for a variable that cannot be used. */
export function openDemo(variables: NodeJS.ProcessEnv): Demo {
  const environment = readEnvironment(variables)
  const oauth = readProviders(variables)
  return { environment, database: openDatabase(environment.databaseUrl), mail: openMail(environment), oauth }
}

/** Makes the tables, Cardea's and the app's, and the admin, and waits until all is well. */
export async function prepare(auth: AppAuth, { database, environment }: Demo): Promise<void> {
  await auth.migrate()
  await createAppTables(database)
  await ensureAdmin(auth, environment.admin)
  await auth.ready()
}

/** What the adapter is told of where it runs. */
export function httpOptions({ rateLimits, trustProxy }: Environment, nodes: Nodes | undefined): HttpOptions {
  return {
    rateLimits,
    ...(nodes?.rateLimits === undefined ? {} : { rateLimitStore: nodes.rateLimits }),
    ...(trustProxy === undefined ? {} : { trustProxy }),
  }
}

export const consoleLogger: Logger = {
  info: (message) => console.log(message),
  warn: (message, fields) => console.warn(message, fields ?? ''),
  error: (message, fields) => console.error(message, fields ?? ''),
}
