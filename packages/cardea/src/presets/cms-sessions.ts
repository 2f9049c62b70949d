import { CardeaError } from '@cardea/core'
import type { SessionOptions } from '../options/options.js'

/** What `modula.config.json` of ModulaCMS says of cookies, under its names. */
export interface CmsCookieSettings {
  readonly cookie_name?: string
  /** How long a cookie lives: a number and `s`, `m`, `h`, `d` or `w`, such as `1w`; a number alone is in seconds. */
  readonly cookie_duration?: string | number
  readonly cookie_secure?: boolean
  readonly cookie_samesite?: 'lax' | 'strict' | 'none'
}

const secondsOf: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/**
 * Brings the cookie settings of a `modula.config.json` to `sessions` of `createCardea`. They do what they say here:
 * `cookie_duration` counts, and `none` without `cookie_secure` is refused rather than taken for `lax`.
 *
 * @throws CardeaError `configuration_invalid` for a name that is not one of the four, and for a duration that is none.
 */
export function cmsSessions(settings: CmsCookieSettings): SessionOptions {
  const { cookie_name, cookie_duration, cookie_secure, cookie_samesite, ...others } = settings
  for (const name of Object.keys(others)) throw refused(name, 'is no setting of cookies')
  return {
    ...(cookie_name === undefined ? {} : { cookieName: cookie_name }),
    ...(cookie_secure === undefined ? {} : { cookieSecure: cookie_secure }),
    ...(cookie_samesite === undefined ? {} : { cookieSameSite: cookie_samesite }),
    ...(cookie_duration === undefined ? {} : { lifetimes: { cookieSeconds: durationOf(cookie_duration) } }),
  }
}

function durationOf(duration: string | number): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw]?)$/.exec(String(duration)) ?? []
  const seconds = Number(count) * (secondsOf[unit] ?? 0)
  if (seconds > 0) return seconds
  throw refused('cookie_duration', 'must be a number of seconds, or one with s, m, h, d or w, such as 1w')
}

const refused = (name: string, why: string): CardeaError =>
  new CardeaError('configuration_invalid', `cmsSessions: ${name} ${why}`)
