import type { ErrorIssue } from '@cardea/core'
import type { Fields } from '../field/field.js'
import { isPlainObject } from '../value/plain-object.js'
import { defaultSettings, type StorableSettings } from './auth-settings.js'
import { checkStoredSettings } from './check-inherited-settings.js'
import { checkMailTexts } from './mail-texts.js'
import { readSignInRule } from './read-sign-in-rule.js'
import {
  fromCode,
  namedSettings,
  type SettingName,
  type SettingUnit,
  secondsOf,
  settingNames,
  toCode,
} from './setting-names.js'

/** What a change of settings asks for. */
export type ParsedSettings =
  | {
      readonly valid: true
      /** What is to be set, as code would write it. */
      readonly set: StorableSettings
      /** All that is said, in the order in which settings are served: set, or (null) inherited again. */
      readonly names: readonly SettingName[]
    }
  | { readonly valid: false; readonly issues: readonly ErrorIssue[] }

const settingOf = (name: SettingName): { readonly path: string; readonly unit?: SettingUnit } => namedSettings[name]

/**
 * Checks a change of settings by their names, by the rules that hold for code. Null takes a setting back.
 *
 * @param scope For whom they are: for one collection, whose fields {@link checkSignIn} is told, or for all.
 */
export function parseSettings(input: unknown, scope: 'all' | 'one' = 'all'): ParsedSettings {
  if (!isPlainObject(input)) {
    return { valid: false, issues: [{ path: '', code: 'invalid_type', message: 'must be an object' }] }
  }
  const unknown = Object.keys(input).filter((name) => !Object.hasOwn(namedSettings, name))
  const names = settingNames.filter((name) => Object.hasOwn(input, name) && input[name] !== undefined)
  const set: Content = {}
  for (const name of names) {
    const { path, unit } = settingOf(name)
    if (input[name] !== null) put(set, path, toCode(unit, input[name]))
  }
  const issues = [
    ...unknown.map((path) => ({ path, code: 'unknown_field', message: 'is not a known field' })),
    ...[...checkStoredSettings(set), ...checkContents(set, scope)].map((issue) => byName(issue, names)),
  ]
  return issues.length > 0 ? { valid: false, issues } : { valid: true, set, names }
}

/** What a schema of settings alone cannot tell. */
function checkContents({ signIn, mailTemplates = {} }: StorableSettings, scope: 'all' | 'one'): readonly ErrorIssue[] {
  const issues: ErrorIssue[] = []
  if (signIn !== undefined && scope === 'all') {
    issues.push({ path: 'signIn.rule', code: 'not_allowed', message: 'names fields, so it is for one collection' })
  } else if (signIn !== undefined && typeof signIn.rule !== 'boolean' && typeof signIn.rule !== 'object') {
    issues.push({ path: 'signIn.rule', code: 'invalid_type', message: 'must be true, false or comparisons by field' })
  }
  for (const [kind, texts] of Object.entries(mailTemplates)) {
    issues.push(...checkMailTexts(kind, texts).map((issue) => within(`mailTemplates.${kind}`, issue)))
  }
  return issues
}

/** What is wrong with a rule that is to be stored for a collection of these fields, or was, by the name of its setting. */
export function checkSignIn(signIn: StorableSettings['signIn'], fields: Fields): readonly ErrorIssue[] {
  if (signIn?.rule === undefined) return []
  const read = readSignInRule(signIn.rule, fields)
  return read.valid ? [] : read.issues.map((issue) => within('sign_in_rule', issue))
}

const within = (place: string, issue: ErrorIssue): ErrorIssue => ({
  ...issue,
  path: issue.path === '' ? place : `${place}.${issue.path}`,
})

/** What is kept after a change: what was set before or is now, without what is inherited again. */
export function mergeSettings(
  before: StorableSettings,
  change: { readonly set: StorableSettings; readonly names: readonly SettingName[] },
): StorableSettings {
  const merged: Content = {}
  for (const name of settingNames) {
    const { path } = settingOf(name)
    const value = at(change.names.includes(name) ? change.set : before, path)
    if (value !== undefined) put(merged, path, value)
  }
  return merged
}

/** Which of them differ between two states of what is kept. */
export const changedSettings = (before: StorableSettings, after: StorableSettings): readonly SettingName[] =>
  settingNames.filter((name) => {
    const { path } = settingOf(name)
    return JSON.stringify(at(before, path)) !== JSON.stringify(at(after, path))
  })

/** The value of every setting, and in which of the layers it is. */
export interface PresentedSettings<Layer extends string> {
  readonly values: Readonly<Record<SettingName, unknown>>
  readonly sources: Readonly<Record<SettingName, Layer | 'default'>>
}

/** @param layers The first that says something of a setting wins. */
export function presentSettings<Layer extends string>(
  layers: readonly (readonly [Layer, StorableSettings])[],
): PresentedSettings<Layer> {
  const values: [SettingName, unknown][] = []
  const sources: [SettingName, Layer | 'default'][] = []
  for (const name of settingNames) {
    const { path, unit } = settingOf(name)
    const [source, settings] = layers.find(([, layer]) => at(layer, path) !== undefined) ?? ['default', defaultSettings]
    values.push([name, fromCode(unit, at(settings, path)) ?? null])
    sources.push([name, source])
  }
  // One of each name.
  return {
    values: Object.fromEntries(values) as Record<SettingName, unknown>,
    sources: Object.fromEntries(sources) as Record<SettingName, Layer | 'default'>,
  }
}

type Content = Record<string, unknown>

function at(settings: object, path: string): unknown {
  let value: unknown = settings
  for (const step of path.split('.'))
    value = isPlainObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  return value
}

function put(content: Content, path: string, value: unknown): void {
  const [group = '', member] = path.split('.')
  if (member === undefined) content[group] = value
  else content[group] = { ...(isPlainObject(content[group]) ? content[group] : {}), [member]: value }
}

/** An issue of the form that code has, with the name and the unit of what was sent. */
function byName(issue: ErrorIssue, names: readonly SettingName[]): ErrorIssue {
  const name = names.find((each) => `${issue.path}.`.startsWith(`${settingOf(each).path}.`))
  if (name === undefined) return issue
  const { path, unit } = settingOf(name)
  const message = unit === undefined ? issue.message : inUnit(issue.message, unit)
  return { ...issue, path: `${name}${issue.path.slice(path.length)}`, message }
}

/** Limits are in seconds. */
function inUnit(message: string, unit: SettingUnit): string {
  const [, side, seconds] = /^must be at (least|most) (\d+)$/.exec(message) ?? []
  if (seconds === undefined)
    return unit === 'duration' ? 'must be seconds, or a number with s, m, h, d or w' : `must be a number of ${unit}`
  const limit = Number(seconds) / secondsOf(unit)
  return unit === 'duration'
    ? `must be at ${side} ${seconds} seconds`
    : `must be at ${side} ${side === 'least' ? 'a minute' : `${limit} ${unit}`}`
}
