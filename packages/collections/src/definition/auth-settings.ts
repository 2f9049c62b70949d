import type { AuthCollection, AuthOptions } from './collection.js'

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
  readonly registration: 'open' | 'closed' | 'invite'
  readonly registrationAnswer: 'explicit' | 'uniform'
  readonly requireVerified: boolean
  readonly identifiers: readonly string[]
}

/** Settings of all collections. Identifiers name fields, so they are never inherited. */
export type InheritedSettings = Omit<AuthOptions, 'identifiers'>

const defaults: Omit<AuthSettings, 'identifiers'> = {
  password: { enabled: true, minLength: 8, requireUpper: false, requireNumber: false, requireSpecial: false },
  otp: { enabled: false, createUser: false },
  mfa: { enabled: false, required: false },
  oauth: { enabled: true, createUser: true, linkByEmail: true },
  registration: 'open',
  registrationAnswer: 'explicit',
  requireVerified: false,
}

/** The settings of a collection: its own, else those inherited, else the defaults. */
export function authSettings({ auth }: AuthCollection, inherited: InheritedSettings = {}): AuthSettings {
  return Object.freeze({
    password: merge(defaults.password, inherited.password, auth.password),
    otp: merge(defaults.otp, inherited.otp, auth.otp),
    mfa: merge(defaults.mfa, inherited.mfa, auth.mfa),
    oauth: merge(defaults.oauth, inherited.oauth, auth.oauth),
    registration: auth.registration ?? inherited.registration ?? defaults.registration,
    registrationAnswer: auth.registrationAnswer ?? inherited.registrationAnswer ?? defaults.registrationAnswer,
    requireVerified: auth.requireVerified ?? inherited.requireVerified ?? defaults.requireVerified,
    identifiers: auth.identifiers ?? [],
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
