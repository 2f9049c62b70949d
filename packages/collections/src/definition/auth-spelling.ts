import type { ErrorIssue } from '@cardea/core'
import { isPlainObject } from '../value/plain-object.js'

/** Settings as they came, under the names that code has for them. */
export interface SpelledSettings {
  readonly value: unknown
  readonly issues: readonly ErrorIssue[]
  /** Where a setting stood in the input, by its name in code. */
  readonly places: ReadonlyMap<string, string>
}

/** Names of FastCMS, which has all settings side by side, and of JSON, whose style is snake_case. */
const names: Readonly<Record<string, string>> = {
  password_auth_enabled: 'password.enabled',
  password_min_length: 'password.minLength',
  password_require_upper: 'password.requireUpper',
  password_require_number: 'password.requireNumber',
  password_require_special: 'password.requireSpecial',
  otp_enabled: 'otp.enabled',
  otp_create_user: 'otp.createUser',
  mfa_enabled: 'mfa.enabled',
  mfa_required: 'mfa.required',
  oauth_enabled: 'oauth.enabled',
  oauth_auto_create_user: 'oauth.createUser',
  oauth_link_by_email: 'oauth.linkByEmail',
  registration_answer: 'registrationAnswer',
  require_verified: 'requireVerified',
  'password.min_length': 'password.minLength',
  'password.require_upper': 'password.requireUpper',
  'password.require_number': 'password.requireNumber',
  'password.require_special': 'password.requireSpecial',
  'otp.create_user': 'otp.createUser',
  'oauth.create_user': 'oauth.createUser',
  'oauth.link_by_email': 'oauth.linkByEmail',
}

/** Brings the names of settings that came as JSON to those of code. Whatever is no known name stays, to be refused. */
export function readAuthSettings(value: unknown): SpelledSettings {
  if (!isPlainObject(value)) return { value, issues: [], places: new Map() }
  const places = new Map<string, string>()
  const issues: ErrorIssue[] = []
  const read: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const put = (place: string, setting: unknown): void => {
    const name = Object.hasOwn(names, place) ? (names[place] ?? place) : place
    if (places.has(name)) {
      issues.push({ path: `auth.${name}`, code: 'duplicate', message: 'is said twice' })
      return
    }
    places.set(name, place)
    const [group = '', member] = name.split('.')
    if (member === undefined) read[group] = setting
    else read[group] = { ...(isPlainObject(read[group]) ? read[group] : {}), [member]: setting }
  }
  for (const [name, setting] of Object.entries(value)) {
    // A dot is how places are written here, and part of no name.
    if (name.includes('.')) read[name] = setting
    else if (!isPlainObject(setting)) put(name, setting)
    else if (Object.keys(setting).length === 0) read[name] ??= {}
    else for (const [member, inner] of Object.entries(setting)) put(`${name}.${member}`, inner)
  }
  return { value: read, issues, places }
}
