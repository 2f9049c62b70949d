import type { BodyOf, routeContracts } from '@cardea/http/contract'

type Contracts = typeof routeContracts

/** What a route of auth takes. */
export type Body<Name extends keyof Contracts> = BodyOf<Contracts[Name]['body']>

type OptionalOf<Name extends 'register' | 'acceptInvitation' | 'login'> = Pick<
  Body<Name>,
  Exclude<Contracts[Name]['body']['optional'][number], 'email'>
>

/** Exactly one of some texts. */
export type OneOf<Name extends string> = {
  [One in Name]: { readonly [Given in One]: string } & {
    readonly [Other in Exclude<Name, One>]?: undefined
  }
}[Name]

/** What signing in takes: a password, and one of the identifiers. */
export type SignInInput<Identifier extends string> = OneOf<Identifier> & {
  readonly password: string
} & OptionalOf<'login'>

/** What a registration takes beside what the collection needs. */
export type RegistrationInput<Registration> = Registration & OptionalOf<'register'>

/** What an invitation is accepted with. Fields that whoever invites has filled in may be left out. */
export type AcceptInvitationInput<Registration> = {
  readonly token: string
  readonly password: string
} & OptionalOf<'acceptInvitation'> &
  Partial<Omit<Registration, 'email' | 'password'>>

/** One code of the second factor. */
export type MfaAttempt = OneOf<'code' | 'backup_code'>

/** One proof of who somebody is; of a code by mail, also which one is meant. */
export type Reauthentication =
  | (OneOf<'password' | 'code' | 'backup_code'> & {
      readonly email_code?: undefined
      readonly flow_id?: undefined
    })
  | {
      readonly email_code: string
      readonly flow_id?: string | undefined
      readonly password?: undefined
      readonly code?: undefined
      readonly backup_code?: undefined
    }
