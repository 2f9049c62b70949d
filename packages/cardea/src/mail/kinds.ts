/** What a link in a mail says. */
export interface LinkContent {
  /** The page of the app, with the token. A secret. */
  readonly link: string
  /** How long the link holds. */
  readonly minutes: number
}

/** What a mail with a code says. */
export interface CodeContent {
  /** A secret. */
  readonly code: string
  /** How long the code holds. */
  readonly minutes: number
}

/** What a notice says about what happened. */
export interface NoticeContent {
  /** When it happened, in milliseconds. */
  readonly at: number
  /** The same in UTC, such as `27 November 2026, 06:11 UTC`. */
  readonly time: string
  /** What it was done with, such as `Firefox on Linux`; undefined where that is not known. */
  readonly device: string | undefined
  /** The network address of whoever did it. */
  readonly ip: string | undefined
}

export interface BackupCodeContent extends NoticeContent {
  /** How many codes are left. */
  readonly remaining: number | undefined
}

export interface IdentityContent extends NoticeContent {
  /** The name of the provider. */
  readonly provider: string | undefined
}

export interface LockContent extends NoticeContent {
  /** How long nobody can sign in from where it was tried; undefined where that is until the password is reset. */
  readonly minutes: number | undefined
}

/** What a mail of each kind says, beside what all say. */
export interface MailContents {
  readonly verification: LinkContent
  readonly password_reset: LinkContent
  /** To the new address. */
  readonly email_change: LinkContent
  /** To an address that may have no account yet. */
  readonly invitation: LinkContent
  readonly otp: CodeContent
  readonly password_changed: NoticeContent
  /** To the old address. */
  readonly email_changed: NoticeContent
  readonly mfa_enabled: NoticeContent
  readonly mfa_disabled: NoticeContent
  readonly backup_code_used: BackupCodeContent
  readonly new_device: NoticeContent
  readonly identity_linked: IdentityContent
  /** Also where somebody else has made it for the owner. */
  readonly api_key_created: NoticeContent
  readonly ssh_key_added: NoticeContent
  /** Somebody has tried to register an address that has an account. */
  readonly registration_attempted: NoticeContent
  readonly account_locked: LockContent
}

/** What a mail is about. */
export type MailKind = keyof MailContents

/** What whoever wants a notice sent knows. */
export interface NoticePayload {
  readonly principalId?: string
  /** When it happened, in milliseconds. Default: when the job was made. */
  readonly at?: number
  /** As the request said it. */
  readonly userAgent?: string | undefined
  readonly ip?: string | undefined
}

/** What a job of each kind carries. Kinds whose secret is made when the mail is sent say themselves what they need. */
export interface MailPayloads {
  readonly verification: Readonly<Record<string, unknown>>
  readonly password_reset: Readonly<Record<string, unknown>>
  readonly email_change: Readonly<Record<string, unknown>>
  readonly invitation: Readonly<Record<string, unknown>>
  readonly otp: Readonly<Record<string, unknown>>
  readonly password_changed: NoticePayload
  readonly email_changed: NoticePayload
  readonly mfa_enabled: NoticePayload
  readonly mfa_disabled: NoticePayload
  readonly backup_code_used: NoticePayload & { readonly remaining?: number }
  readonly new_device: NoticePayload
  readonly identity_linked: NoticePayload & { readonly provider?: string }
  readonly api_key_created: NoticePayload
  readonly ssh_key_added: NoticePayload
  readonly registration_attempted: NoticePayload
  readonly account_locked: NoticePayload & { readonly minutes?: number }
}

/** Kinds without which a method does not work at all; the others tell of what happened anyway. */
const essential = {
  verification: true,
  password_reset: true,
  email_change: true,
  invitation: true,
  otp: true,
  password_changed: false,
  email_changed: false,
  mfa_enabled: false,
  mfa_disabled: false,
  backup_code_used: false,
  new_device: false,
  identity_linked: false,
  api_key_created: false,
  ssh_key_added: false,
  registration_attempted: true,
  account_locked: false,
} as const satisfies Readonly<Record<MailKind, boolean>>

// The keys of a literal are those of its type.
export const mailKinds = Object.freeze(Object.keys(essential) as MailKind[])

export const isMailKind = (name: string): name is MailKind => Object.hasOwn(essential, name)

/** Whether a method fails where mails of this kind are not sent. */
export const isEssential = (kind: MailKind): boolean => essential[kind]
