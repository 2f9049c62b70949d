import type { AuthCollection, AuthOptions } from './collection.js'
import type { SignInRule } from './sign-in-rule.js'

/** How the principals of a collection sign up and in, complete. */
export interface AuthSettings {
  readonly password: {
    readonly enabled: boolean
    readonly minLength: number
    readonly requireUpper: boolean
    readonly requireNumber: boolean
    readonly requireSpecial: boolean
  }
  readonly otp: { readonly enabled: boolean; readonly createUser: boolean }
  readonly mfa: { readonly enabled: boolean; readonly required: boolean | readonly string[] }
  readonly oauth: { readonly enabled: boolean; readonly createUser: boolean; readonly linkByEmail: boolean }
  readonly lifetimes: {
    readonly accessSeconds: number
    readonly cookieSeconds: number
    readonly rememberSeconds: number
    readonly idleSeconds: number
    readonly absoluteSeconds: number
  }
  readonly registration: 'open' | 'closed' | 'invite'
  readonly registrationAnswer: 'explicit' | 'uniform'
  readonly requireVerified: boolean
  readonly identifiers: readonly string[]
  /** `meetsSignInRule` asks it about a record. */
  readonly signIn: { readonly rule: SignInRule }
}

/** Settings of all collections. Identifiers and rules name fields, so they are never inherited. */
export type InheritedSettings = Omit<AuthOptions, 'identifiers' | 'signIn'>

/** The texts of a mail, with `{{placeholders}}` for what they are told. */
export interface MailTextSettings {
  readonly subject: string
  readonly text: string
  /** Default: made of the text. */
  readonly html?: string | undefined
}

/** What can be stored: what code can say, and texts of mails by their kinds, for which code has functions. */
export interface StorableSettings extends InheritedSettings {
  readonly mailTemplates?: Readonly<Record<string, MailTextSettings>> | undefined
  /** Of one collection only. */
  readonly signIn?: AuthOptions['signIn']
}

/** What holds where nobody says anything. */
export const defaultSettings: Omit<AuthSettings, 'identifiers'> = {
  password: { enabled: true, minLength: 8, requireUpper: false, requireNumber: false, requireSpecial: false },
  otp: { enabled: false, createUser: false },
  mfa: { enabled: false, required: false },
  oauth: { enabled: true, createUser: true, linkByEmail: true },
  lifetimes: {
    accessSeconds: 86_400,
    cookieSeconds: 86_400,
    rememberSeconds: 2_592_000,
    idleSeconds: 604_800,
    absoluteSeconds: 2_592_000,
  },
  registration: 'open',
  registrationAnswer: 'explicit',
  requireVerified: false,
  signIn: { rule: true },
}

/** Settings that were changed at run time. */
export interface ChangedSettings {
  /** Those that all collections inherit. */
  readonly all?: InheritedSettings | undefined
  /** Those of the one collection. */
  readonly own?: StorableSettings | undefined
}

/**
 * The settings of a collection: its own, else those inherited, else the defaults. Of each, what was changed at run time wins
 * over what code says.
 */
export function authSettings(
  { auth }: AuthCollection,
  inherited: InheritedSettings = {},
  { all = {}, own = {} }: ChangedSettings = {},
): AuthSettings {
  const layers = [inherited, all, auth, own] as const
  const last = <Name extends 'registration' | 'registrationAnswer' | 'requireVerified'>(name: Name) =>
    own[name] ?? auth[name] ?? all[name] ?? inherited[name] ?? defaultSettings[name]
  return Object.freeze({
    password: merge(defaultSettings.password, ...layers.map(({ password }) => password)),
    otp: merge(defaultSettings.otp, ...layers.map(({ otp }) => otp)),
    mfa: merge(defaultSettings.mfa, ...layers.map(({ mfa }) => mfa)),
    oauth: merge(defaultSettings.oauth, ...layers.map(({ oauth }) => oauth)),
    lifetimes: merge(defaultSettings.lifetimes, ...layers.map(({ lifetimes }) => lifetimes)),
    registration: last('registration'),
    registrationAnswer: last('registrationAnswer'),
    requireVerified: last('requireVerified'),
    identifiers: auth.identifiers ?? [],
    signIn: merge(defaultSettings.signIn, auth.signIn, own.signIn),
  })
}

/** The fields by which principals sign in: `email` first. Each is the `kind` of its identifiers. */
export const identityFields = ({ auth }: AuthCollection): readonly string[] => ['email', ...(auth.identifiers ?? [])]

type Partly<Settings> = { readonly [K in keyof Settings]?: Settings[K] | undefined }

/** What the later one says wins; undefined says nothing. */
function merge<Settings extends object>(
  base: Settings,
  ...layers: readonly (Partly<Settings> | undefined)[]
): Settings {
  const said = layers.flatMap((layer) => Object.entries(layer ?? {}).filter(([, value]) => value !== undefined))
  return Object.freeze({ ...base, ...Object.fromEntries(said) })
}
