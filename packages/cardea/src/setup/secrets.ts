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
  const roots = rootsIn({ secret })
  if (roots.length > 0) return roots
  if (config.environment === 'production') throw required('secret (a random text of at least 32 bytes)')
  warnOfRandomSecret(config.logger)
  return [toBase64Url(random(32))]
}

function warnOfRandomSecret(logger: Logger): void {
  logger.warn('No secret is set: a random one is used, and everybody is signed out when this process ends.')
}

/** What production cannot do without. */
export interface ProductionSettings {
  readonly secret?: string | readonly string[] | undefined
  readonly baseUrl?: string | undefined
}

/**
 * Names all that production cannot do without.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function assertPresent(settings: ProductionSettings, config: ResolvedConfig): void {
  if (config.environment !== 'production') return
  if (!config.secure) config.logger.warn('The base URL is not https: cookies and passwords travel in the clear.')
  const missing = [
    ...(rootsIn(settings).length === 0 ? ['secret (a random text of at least 32 bytes)'] : []),
    ...(settings.baseUrl === undefined ? ['baseUrl (the origin under which users reach the app)'] : []),
  ]
  if (missing.length > 0) throw required(missing.join(' and '))
}

/**
 * Refuses secrets that anybody could guess.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function assertNoPlaceholder(settings: ProductionSettings, config: ResolvedConfig): void {
  if (config.environment !== 'production') return
  for (const root of rootsIn(settings)) {
    if (looksLikePlaceholder(root)) {
      throw new CardeaError(
        'configuration_invalid',
        'createCardea: secret looks like an example or is too regular; make a random one, e.g. with `npx cardea secret` or `openssl rand -base64 32`',
      )
    }
  }
}

/**
 * Refuses to seal passwords with a key that ends with the process: nobody could sign in after the next start.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function assertLastingPepper(
  settings: ProductionSettings & { readonly passwords?: { readonly pepper?: boolean } },
): void {
  if (settings.passwords?.pepper !== true || rootsIn(settings).length > 0) return
  throw new CardeaError('configuration_invalid', 'createCardea: passwords.pepper needs a secret that is set')
}

export const looksLikePlaceholder = (root: string): boolean =>
  placeholder.test(root) || new Set(root).size < minimumDistinctCharacters

export const rootsIn = ({ secret }: ProductionSettings): readonly string[] =>
  secret === undefined ? [] : [secret].flat()

const required = (what: string): CardeaError =>
  new CardeaError('configuration_invalid', `createCardea: required in production: ${what}`)
