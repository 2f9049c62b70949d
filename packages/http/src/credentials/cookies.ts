import type { ResolvedConfig } from 'cardea'

/** A cookie's value is a token of ours, so anything longer or of other characters is not one. */
const tokenPattern = /^[A-Za-z0-9\-._~+/]{1,512}={0,2}$/

/** The longest life that browsers grant, in seconds: 400 days (RFC 6265bis §5.5). */
const longestAge = 400 * 86_400

/** The purpose of the cookie in which a sign-in waits for its second factor. */
export const ticketPurpose = 'mfa'

/** The purpose of the cookie in which a refresh token waits. */
const refreshPurpose = 'refresh'

/** What names and writes the session cookies of an instance. */
export interface SessionCookies {
  /** The name of a collection's session cookie. */
  nameOf(collection: string): string
  /** The `Set-Cookie` value that hands a session's token to the browser; with null it ends with the browser. */
  issue(collection: string, value: string, maxAgeSeconds: number | null): string
  /** The `Set-Cookie` value that makes the browser forget it. */
  clear(collection: string): string
  /**
   * Whether a `Cookie` header brings a session cookie of any collection, well-formed or not, a refresh token, or the ticket of a
   * sign-in that waits for its second factor: each stands for somebody without that page's doing.
   */
  presentIn(header: string | null): boolean
}

/**
 * The cookies as the options want them: where they are Secure with the `__Host-` prefix, or with `__Secure-` where a whole domain
 * is to get them (RFC 6265bis §4.1.3).
 */
export function createSessionCookies(config: CookieConfig): SessionCookies {
  const { cookieDomain, cookieName, cookieSecure } = config
  const prefix = cookieDomain === undefined ? '__Host-' : '__Secure-'
  const base = `${cookieSecure ? prefix : ''}${cookieName}`
  const attributes = {
    path: '/',
    sameSite: sameSiteOf(config),
    secure: cookieSecure,
    ...(cookieDomain === undefined ? {} : { domain: cookieDomain }),
  }
  const telling = [base, sideCookieBase(config, ticketPurpose), refreshCookieBase(config)]
  const names = new Map<string, string>([['users', base]])
  const nameOf = (collection: string): string => {
    const known = names.get(collection)
    if (known !== undefined) return known
    const name = `${base}_${collection}`
    // Names come from definitions, not from requests; the bound is for instances that live through many of them.
    if (names.size < 1_000) names.set(collection, name)
    return name
  }
  const write = (collection: string, value: string, maxAgeSeconds: number | null): string =>
    writeCookie(nameOf(collection), value, maxAgeSeconds, attributes)
  return {
    nameOf,
    issue: write,
    clear: (collection) => write(collection, '', 0),
    presentIn: (header) => {
      if (header === null || !header.includes(cookieName)) return false
      return header.split(';').some((pair) => {
        const name = pair.split('=', 1)[0]?.trim() ?? ''
        return telling.some((known) => name === known || name.startsWith(`${known}_`))
      })
    },
  }
}

/** What of the options says how cookies are. */
export type CookieConfig = Pick<ResolvedConfig, 'cookieDomain' | 'cookieName' | 'cookieSameSite' | 'cookieSecure'>

type SameSite = 'Lax' | 'Strict' | 'None'

const sameSites = { lax: 'Lax', strict: 'Strict', none: 'None' } as const

/** The attribute as the options want it. */
export const sameSiteOf = ({ cookieSameSite }: CookieConfig): SameSite => sameSites[cookieSameSite]

/** A `Set-Cookie` value, out of reach of scripts; its life is cut to what browsers grant, or as long as the browser's with null. */
export function writeCookie(
  name: string,
  value: string,
  maxAgeSeconds: number | null,
  attributes: {
    readonly path: string
    readonly domain?: string
    readonly sameSite: SameSite
    readonly secure: boolean
  },
): string {
  const { path, domain, sameSite, secure } = attributes
  const age = maxAgeSeconds === null ? '' : `; Max-Age=${Math.max(0, Math.min(longestAge, Math.floor(maxAgeSeconds)))}`
  const where = domain === undefined ? '' : `; Domain=${domain}`
  return `${name}=${value}${age}; Path=${path}${where}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`
}

/** A cookie that stands beside the session's, and signs nobody in. */
export interface SideCookie {
  /** The value that a `Cookie` header brings; undefined when there is not exactly one that can be one. */
  read(header: string | null, collection: string): string | undefined
  /** The `Set-Cookie` value that hands it out. */
  issue(collection: string, value: string): string
  /** The `Set-Cookie` value that makes the browser forget it. */
  clear(collection: string): string
}

/**
 * A cookie for a purpose of its own, one for each collection. The hyphen keeps its name apart from the session cookies,
 * since no collection has one in its name. Never Strict, so that it comes along when a provider sends the browser back.
 *
 * @param crossSite Whether it goes where the session cookie goes, also to front ends on other sites.
 */
export function createSideCookie(
  config: CookieConfig,
  purpose: string,
  maxAgeSeconds: number,
  { crossSite = false }: { readonly crossSite?: boolean } = {},
): SideCookie {
  const base = sideCookieBase(config, purpose)
  const nameOf = (collection: string): string => (collection === 'users' ? base : `${base}_${collection}`)
  const write = (collection: string, value: string, seconds: number): string =>
    writeCookie(nameOf(collection), value, seconds, {
      path: '/',
      sameSite: crossSite && config.cookieSameSite === 'none' ? 'None' : 'Lax',
      secure: config.cookieSecure,
    })
  return {
    read: (header, collection) => readCookie(header, nameOf(collection)),
    issue: (collection, value) => write(collection, value, maxAgeSeconds),
    clear: (collection) => write(collection, '', 0),
  }
}

/** Its path is not `/`, so that `__Host-` would not do; `__Secure-` still keeps plain http away (RFC 6265bis §4.1.3). */
export const refreshCookieBase = ({ cookieName, cookieSecure }: CookieConfig): string =>
  `${cookieSecure ? '__Secure-' : ''}${cookieName}-${refreshPurpose}`

/** Only the routes read them, so they stay with the host of the base URL, whatever the domain of the session cookie. */
const sideCookieBase = ({ cookieName, cookieSecure }: CookieConfig, purpose: string): string =>
  `${cookieSecure ? '__Host-' : ''}${cookieName}-${purpose}`

/**
 * Finds one cookie. A name that comes twice counts as absent: a neighbouring host could have planted one of them
 * (cookie tossing), and nothing tells which.
 *
 * @returns The value, or undefined when there is not exactly one that looks like a token.
 */
export function readCookie(header: string | null, name: string): string | undefined {
  if (header === null) return undefined
  let value: string | undefined
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + name.length)) {
    const equals = at + name.length
    if (header.charCodeAt(equals) !== 0x3d || !startsPair(header, at)) continue
    if (value !== undefined) return undefined
    const end = header.indexOf(';', equals)
    value = (end === -1 ? header.slice(equals + 1) : header.slice(equals + 1, end)).trim()
  }
  return value !== undefined && tokenPattern.test(value) ? value : undefined
}

/** Whether nothing but white space lies between a place and the start of its pair. */
function startsPair(header: string, at: number): boolean {
  for (let index = at - 1; index >= 0; index -= 1) {
    const unit = header.charCodeAt(index)
    if (unit === 0x3b) return true
    if (unit !== 0x20 && unit !== 0x09) return false
  }
  return true
}
