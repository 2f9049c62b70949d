import { CardeaError } from '@cardea/core'
import { createKeyring, type Keyring, type RandomBytes, toBase64Url } from '@cardea/core/crypto'
import type { Logger } from '../options/logger.js'
import type { ResolvedConfig } from '../options/resolve.js'

/** A keyring that is made at first use, so that constructing an instance needs no secret (as in a build step). */
export function lazyKeyring(
  secret: string | readonly string[] | undefined,
  config: ResolvedConfig,
  random: RandomBytes,
): Keyring {
  let keyring: Keyring | undefined
  const get = (): Keyring => {
    keyring ??= createKeyring(rootsOf(secret, config, random))
    return keyring
  }
  return { current: (purpose) => get().current(purpose), all: (purpose) => get().all(purpose) }
}

function rootsOf(
  secret: string | readonly string[] | undefined,
  config: ResolvedConfig,
  random: RandomBytes,
): readonly string[] {
  const roots = rootsIn({ secret })
  if (roots.length > 0) return roots
  if (config.environment === 'production') throw required(secretWanted)
  warnOfRandomSecret(config.logger)
  return [toBase64Url(random(32))]
}

function warnOfRandomSecret(logger: Logger): void {
  logger.warn(
    'No `secret` is set: a random one is used, and everybody is signed out when this process ends. `npx cardea secret` makes one.',
  )
}

/** How a secret that is missing is named, and where one comes from. */
export const secretWanted = 'secret (a random text of at least 32 bytes, such as `npx cardea secret` prints)'

/** What production cannot do without. */
export interface ProductionSettings {
  readonly secret?: string | readonly string[] | undefined
  readonly baseUrl?: string | undefined
}

export const rootsIn = ({ secret }: ProductionSettings): readonly string[] =>
  secret === undefined ? [] : [secret].flat()

/** A refusal that names what production cannot do without. */
export const required = (what: string): CardeaError =>
  new CardeaError('configuration_invalid', `createCardea: required in production: ${what}`)
