import { resolve } from 'node:path'
import { type CardeaError, isCardeaError } from '@cardea/core'
import { createCardea, type Storage } from 'cardea'
import { CliError } from '../cli-error.js'
import type { CliIo } from '../io.js'
import { toFailure } from '../output/failure.js'
import type { Instance } from './instance.js'

/** What is said wherever an instance comes from the environment. */
export const environmentNote =
  'taken from the environment: only Cardea’s own tables and `users` are known; collections and roles that code defines need a cardea.config.ts'

/**
 * An instance on DATABASE_URL, with CARDEA_SECRET and BASE_URL.
 *
 * @throws CliError `configuration_missing`, `configuration_invalid`, which name the variable.
 */
export async function fromEnvironment(io: CliIo): Promise<Instance> {
  const { env } = io
  const url = env['DATABASE_URL']
  if (!url) {
    throw new CliError(
      'configuration_missing',
      `there is no cardea.config.ts in ${io.cwd()} and DATABASE_URL is not set: write a cardea.config.ts that exports the instance, name it with --config, or set DATABASE_URL`,
    )
  }
  const storage = await openStorage(io, url)
  const secret = env['CARDEA_SECRET'] || undefined
  const baseUrl = env['BASE_URL'] || undefined
  const environment = env['NODE_ENV'] === 'production' ? 'production' : 'development'
  // The doctor says what there is to warn of.
  const silent = () => undefined
  const logger = { info: silent, warn: silent, error: (message: string) => io.stderr(`${message}\n`) }
  try {
    const auth = createCardea({ storage, secret, baseUrl, environment, logger })
    return {
      migrate: (options) => auth.migrate(options),
      doctor: () => auth.doctor(),
      // The input is checked when it is used; the shell knows no types.
      createFirstAdmin: (input) => auth.createFirstAdmin(input as Parameters<typeof auth.createFirstAdmin>[0]),
      createAdmin: (input) => auth.createAdmin(input as Parameters<typeof auth.createAdmin>[0]),
      permissions: auth.permissions,
      keys: auth.keys,
      ready: () => auth.ready(),
      findCollection: (name) => auth.findCollection(name),
      close: () => auth.close(),
    }
  } catch (error) {
    throw nameVariable(error)
  }
}

async function openStorage(io: CliIo, url: string): Promise<Storage> {
  try {
    if (url.startsWith('sqlite:')) {
      const path = url.slice('sqlite:'.length)
      if (path === '') throw new CliError('configuration_invalid', 'DATABASE_URL names no file after sqlite:')
      const { sqlite } = await import('@cardea/kysely/sqlite')
      return sqlite(path === ':memory:' ? path : resolve(io.cwd(), path))
    }
    if (/^postgres(ql)?:\/\//.test(url)) {
      const { postgres } = await import('@cardea/kysely/postgres')
      return postgres(url)
    }
    if (/^(mysql|mariadb):\/\//.test(url)) {
      const { mysql } = await import('@cardea/kysely/mysql')
      return mysql(url)
    }
  } catch (error) {
    throw nameVariable(error)
  }
  throw new CliError(
    'configuration_invalid',
    'DATABASE_URL must be sqlite:<file>, postgres://… or mysql://…; anything else needs a cardea.config.ts',
  )
}

/** Which variable an option comes from. */
const variables: readonly (readonly [RegExp, string])[] = [
  [/\bsecret\b/, 'CARDEA_SECRET'],
  [/\bbaseUrl\b/, 'BASE_URL'],
  [/^(sqlite|postgres|mysql):/, 'DATABASE_URL'],
]

/** The same error, naming the variables that a bad value comes from: whoever reads it knows no options of code. */
export function nameVariable(error: unknown): unknown {
  if (!isCardeaError(error)) return error
  const named = variablesOf(error)
  if (named.length === 0) return error
  return new CliError(error.code, `${named.join(', ')}: ${toFailure(error).message}`, { cause: error })
}

function variablesOf({ code, message }: CardeaError): readonly string[] {
  if (code === 'unavailable') return ['DATABASE_URL']
  if (code !== 'configuration_invalid') return []
  return variables.flatMap(([option, variable]) => (option.test(message) ? [variable] : []))
}
