import type { ErrorIssue } from '@cardea/core'
import { isPlainObject } from '../value/plain-object.js'
import { namedSettings, type SettingUnit, toCode } from './setting-names.js'

/** Settings as they came, under the names that code has for them. */
export interface SpelledSettings {
  readonly value: unknown
  readonly issues: readonly ErrorIssue[]
  /** Where a setting stood in the input, by its name in code. */
  readonly places: ReadonlyMap<string, string>
}

/** Names of FastCMS, which has all settings side by side, and of JSON, whose style is snake_case. */
const names: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    // Texts of mails are stored, and are no part of a definition.
    Object.entries(namedSettings).flatMap(([name, { path }]) =>
      path.startsWith('mailTemplates.') ? [] : [[name, path]],
    ),
  ),
  require_verified: 'requireVerified',
  'sign_in.rule': 'signIn.rule',
  'password.min_length': 'password.minLength',
  'password.require_upper': 'password.requireUpper',
  'password.require_number': 'password.requireNumber',
  'password.require_special': 'password.requireSpecial',
  'otp.create_user': 'otp.createUser',
  'oauth.create_user': 'oauth.createUser',
  'oauth.link_by_email': 'oauth.linkByEmail',
  'lifetimes.access_seconds': 'lifetimes.accessSeconds',
  'lifetimes.cookie_seconds': 'lifetimes.cookieSeconds',
  'lifetimes.remember_seconds': 'lifetimes.rememberSeconds',
  'lifetimes.idle_seconds': 'lifetimes.idleSeconds',
  'lifetimes.absolute_seconds': 'lifetimes.absoluteSeconds',
}

const units: Readonly<Record<string, SettingUnit>> = Object.fromEntries(
  Object.entries<{ readonly path: string; readonly unit?: SettingUnit }>(namedSettings).flatMap(([name, { unit }]) =>
    unit === undefined ? [] : [[name, unit]],
  ),
)

/** Brings the names of settings that came as JSON to those of code. Whatever is no known name stays, to be refused. */
export function readAuthSettings(value: unknown): SpelledSettings {
  if (!isPlainObject(value)) return { value, issues: [], places: new Map() }
  const places = new Map<string, string>()
  const issues: ErrorIssue[] = []
  const read: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const put = (place: string, said: unknown): void => {
    const setting = toCode(Object.hasOwn(units, place) ? units[place] : undefined, said)
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
    else if (!isPlainObject(setting) || Object.hasOwn(names, name)) put(name, setting)
    else if (Object.keys(setting).length === 0) read[name] ??= {}
    else for (const [member, inner] of Object.entries(setting)) put(`${name}.${member}`, inner)
  }
  return { value: read, issues, places }
}
