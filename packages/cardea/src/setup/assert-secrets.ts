import { CardeaError } from '@cardea/core'
import type { ResolvedConfig } from '../options/resolve.js'
import { type ProductionSettings, required, rootsIn, secretWanted } from './secrets.js'

/** A text of fewer different characters is somebody's placeholder, not a random secret: 32 random hex digits have about 14. */
const minimumDistinctCharacters = 10

const emptySecret = `${secretWanted}, which is empty: is the variable set that it is read from?`

const placeholder = /change.?me|example|placeholder|your.?secret|replace.?this|password|development|insecure/i

/** Whether nothing is in what is handed in, as in `(process.env.CARDEA_SECRET ?? '').split(',')` where none is set. */
export const isEmptySecret = (settings: ProductionSettings): boolean =>
  settings.secret !== undefined && rootsIn(settings).every((root) => root === '')

/**
 * Names all that production cannot do without, and a secret that is missing although one was meant.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function assertPresent(settings: ProductionSettings, config: ResolvedConfig): void {
  const isEmpty = isEmptySecret(settings)
  if (config.environment !== 'production') {
    // Without the option a random one is taken; this one was meant, and would be refused for having 0 bytes.
    if (isEmpty) throw new CardeaError('configuration_invalid', `createCardea: missing: ${emptySecret}`)
    return
  }
  if (!config.secure)
    config.logger.warn(
      '`baseUrl` is not https: cookies and passwords travel in the clear, unless it is set to the https origin in the address bar.',
    )
  const missing = [
    ...(settings.secret === undefined ? [secretWanted] : []),
    ...(isEmpty ? [emptySecret] : []),
    ...(settings.baseUrl === undefined ? ['baseUrl (the origin under which users reach the app)'] : []),
  ]
  if (missing.length > 0) throw required(missing.join(' and '))
}

/**
 * Refuses secrets that anybody could guess, in production; elsewhere it is a warning of that.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function assertNoPlaceholder(settings: ProductionSettings, config: ResolvedConfig): void {
  if (!rootsIn(settings).some(looksLikePlaceholder)) return
  const found = 'secret looks like an example or is too regular'
  const wayOut = 'make a random one, e.g. with `npx cardea secret` or `openssl rand -base64 32`'
  if (config.environment === 'production')
    throw new CardeaError('configuration_invalid', `createCardea: ${found}; ${wayOut}`)
  // A test may have one that is easy to tell from a real one.
  if (config.environment === 'development') config.logger.warn(`${found}, which production refuses: ${wayOut}`)
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
