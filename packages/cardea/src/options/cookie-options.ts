import { CardeaError } from '@cardea/core'

/** What of the options bears on cookies, after defaults. */
interface CookieSettings {
  readonly environment: 'production' | 'development' | 'test'
  readonly baseUrl: string
  /** Whether the base URL is https. */
  readonly secure: boolean
  readonly cookieDomain: string | undefined
  readonly cookieSameSite: 'lax' | 'strict' | 'none'
  readonly cookieSecure: boolean
}

/** Labels of letters, digits and hyphens, at least two of them; the last is no number, as in an address. */
const domainPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Whether a text can be the Domain of a cookie: lower case, without a leading dot, as a browser keeps it. */
export const isCookieDomain = (value: string): boolean => value.length <= 253 && domainPattern.test(value)

/**
 * Refuses cookies that browsers would not keep, or that would travel in the clear although they need not.
 *
 * @throws CardeaError `configuration_invalid`, which names the option.
 */
export function assertCookies(settings: CookieSettings): void {
  const { environment, baseUrl, cookieDomain, cookieSameSite, cookieSecure, secure } = settings
  // RFC 6265bis §5.7: browsers drop a SameSite=None cookie that is not Secure.
  if (cookieSameSite === 'none' && !cookieSecure) {
    throw refused('cookieSameSite', 'can only be none where cookies are Secure: set an https baseUrl')
  }
  if (environment === 'production' && secure && !cookieSecure) {
    throw refused('cookieSecure', 'must not be false in production where baseUrl is https')
  }
  const { hostname } = new URL(baseUrl)
  if (cookieDomain !== undefined && hostname !== cookieDomain && !hostname.endsWith(`.${cookieDomain}`)) {
    throw refused('cookieDomain', 'must be the host of baseUrl or a domain that it belongs to')
  }
}

const refused = (option: string, why: string): CardeaError =>
  new CardeaError('configuration_invalid', `createCardea: sessions.${option} ${why}`)
