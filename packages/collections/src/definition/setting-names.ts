/** What a setting counts in where code counts in seconds. */
export type SettingUnit = 'hours' | 'days' | 'duration'

/** A setting as the API names it, and where code has it. */
interface NamedSetting {
  /** Groups and members in {@link AuthOptions}, such as `password.minLength`. */
  readonly path: string
  readonly unit?: SettingUnit
}

/** The settings by the names of FastCMS, in the order in which they are served. */
export const namedSettings = {
  password_auth_enabled: { path: 'password.enabled' },
  oauth_enabled: { path: 'oauth.enabled' },
  oauth_auto_create_user: { path: 'oauth.createUser' },
  oauth_link_by_email: { path: 'oauth.linkByEmail' },
  otp_enabled: { path: 'otp.enabled' },
  otp_create_user: { path: 'otp.createUser' },
  mfa_enabled: { path: 'mfa.enabled' },
  mfa_required: { path: 'mfa.required' },
  password_min_length: { path: 'password.minLength' },
  password_require_upper: { path: 'password.requireUpper' },
  password_require_number: { path: 'password.requireNumber' },
  password_require_special: { path: 'password.requireSpecial' },
  registration: { path: 'registration' },
  registration_answer: { path: 'registrationAnswer' },
  verification_required: { path: 'requireVerified' },
  token_expiry_hours: { path: 'lifetimes.accessSeconds', unit: 'hours' },
  refresh_token_expiry_days: { path: 'lifetimes.idleSeconds', unit: 'days' },
  session_expiry_days: { path: 'lifetimes.absoluteSeconds', unit: 'days' },
  cookie_duration: { path: 'lifetimes.cookieSeconds', unit: 'duration' },
  remember_duration: { path: 'lifetimes.rememberSeconds', unit: 'duration' },
  sign_in_rule: { path: 'signIn.rule' },
  mail_template_verification: { path: 'mailTemplates.verification' },
  mail_template_password_reset: { path: 'mailTemplates.password_reset' },
  mail_template_email_change: { path: 'mailTemplates.email_change' },
  mail_template_invitation: { path: 'mailTemplates.invitation' },
  mail_template_otp: { path: 'mailTemplates.otp' },
  mail_template_password_changed: { path: 'mailTemplates.password_changed' },
  mail_template_email_changed: { path: 'mailTemplates.email_changed' },
  mail_template_mfa_enabled: { path: 'mailTemplates.mfa_enabled' },
  mail_template_mfa_disabled: { path: 'mailTemplates.mfa_disabled' },
  mail_template_backup_code_used: { path: 'mailTemplates.backup_code_used' },
  mail_template_new_device: { path: 'mailTemplates.new_device' },
  mail_template_identity_linked: { path: 'mailTemplates.identity_linked' },
  mail_template_api_key_created: { path: 'mailTemplates.api_key_created' },
  mail_template_ssh_key_added: { path: 'mailTemplates.ssh_key_added' },
  mail_template_registration_attempted: { path: 'mailTemplates.registration_attempted' },
  mail_template_account_locked: { path: 'mailTemplates.account_locked' },
} as const satisfies Readonly<Record<string, NamedSetting>>

/** The name of a setting. */
export type SettingName = keyof typeof namedSettings

// The keys of a literal are those of its type.
export const settingNames = Object.freeze(Object.keys(namedSettings) as SettingName[])

const secondsIn: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/**
 * Brings a value to how code writes it. A duration is in seconds, or a number and `s`, `m`, `h`, `d` or `w`, such as `1w`; of hours
 * and days there may be fractions, to the second.
 *
 * @returns The value as it is where it is none of the unit: whoever checks it next refuses it.
 */
export function toCode(unit: SettingUnit | undefined, value: unknown): unknown {
  if (unit === 'duration' && typeof value === 'string') {
    const [, count, letter = ''] = /^(\d{1,9})([smhdw]?)$/.exec(value) ?? []
    return count === undefined ? value : Number(count) * (secondsIn[letter] ?? 0)
  }
  if (unit === undefined || unit === 'duration' || typeof value !== 'number') return value
  return Math.round(value * secondsOf(unit))
}

/** The other way round: seconds as hours or days, which need not be whole. */
export const fromCode = (unit: SettingUnit | undefined, value: unknown): unknown =>
  unit === undefined || typeof value !== 'number' ? value : value / secondsOf(unit)

/** How many seconds one of a unit is. */
export const secondsOf = (unit: SettingUnit): number => ({ hours: 3_600, days: 86_400, duration: 1 })[unit]
