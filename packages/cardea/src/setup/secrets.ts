import { CardeaError } from '@cardea/core'
import { createKeyring, type Keyring, type RandomBytes, toBase64Url } from '@cardea/core/crypto'
import type { Logger } from '../options/logger.js'
import type { ResolvedConfig } from '../options/resolve.js'

/** A text of fewer different characters is somebody's placeholder, not a random secret: 32 random hex digits have about 14. */
const minimumDistinctCharacters = 10

const placeholder = /change.?me|example|placeholder|your.?secret|replace.?this|password|development|insecure/i

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
  const roots = secret === undefined ? [] : typeof secret === 'string' ? [secret] : secret
  if (roots.length > 0) return roots
  if (config.environment === 'production') throw missing('secret', 'a random text of at least 32 bytes')
  warnOfRandomSecret(config.logger)
  return [toBase64Url(random(32))]
}

function warnOfRandomSecret(logger: Logger): void {
  logger.warn('No secret is set: a random one is used, and everybody is signed out when this process ends.')
}

/**
 * Refuses what must not go into production.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function assertProductionSettings(
  options: { readonly secret?: string | readonly string[] | undefined; readonly baseUrl?: string | undefined },
  config: ResolvedConfig,
): void {
  if (config.environment !== 'production') return
  if (options.baseUrl === undefined) throw missing('baseUrl', 'the origin under which users reach the app')
  if (!config.secure) config.logger.warn('The base URL is not https: cookies and passwords travel in the clear.')
  const roots = options.secret === undefined ? [] : [options.secret].flat()
  if (roots.length === 0) throw missing('secret', 'a random text of at least 32 bytes')
  for (const root of roots) {
    if (placeholder.test(root) || new Set(root).size < minimumDistinctCharacters) {
      throw new CardeaError(
        'configuration_invalid',
        'createCardea: secret looks like an example or is too regular; make a random one, e.g. with `openssl rand -base64 32`',
      )
    }
  }
}

function missing(path: string, what: string): CardeaError {
  return new CardeaError('configuration_invalid', `createCardea: ${path} is required in production: ${what}`)
}
