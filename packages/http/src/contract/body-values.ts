/**
 * What the named fields of bodies hold, by name: a name means the same in every route. Fields that are not listed hold what
 * {@link BodyOf} says.
 */
interface BodyValues {
  readonly email: string
  readonly new_email: string
  readonly username: string
  readonly name: string
  readonly password: string
  readonly password_confirm: string
  readonly current_password: string
  readonly old_password: string
  readonly new_password: string
  readonly new_password_confirm: string
  readonly remember_me: boolean
  readonly verified: boolean
  readonly status: 'active' | 'disabled'
  /** By label or id. */
  readonly role: string | null
  readonly role_id: string
  readonly user_id: string
  readonly reassign_to: string
  readonly collection: string
  readonly reason: string
  readonly token: string
  readonly refresh_token: string
  readonly setup_code: string
  readonly invitation_token: string
  readonly mfa_token: string
  readonly code: string
  readonly code_verifier: string
  readonly backup_code: string
  readonly email_code: string
  readonly flow_id: string
  readonly state: string
  readonly error: string
  readonly iss: string
  readonly type: 'auth' | 'base'
  readonly schema: unknown
  readonly auth: Readonly<Record<string, unknown>>
  readonly table: string
  readonly drop: readonly string[]
  /** New names by old ones. */
  readonly rename: Readonly<Record<string, string>>
  readonly rules: Readonly<Record<string, unknown>>
  readonly key: string
  readonly value: unknown
  readonly category: 'auth'
  readonly token_type: 'api_key'
  readonly label: string
  readonly description: string
  readonly scopes: readonly string[] | null
  /** ISO 8601. */
  readonly expires_at: string | null
  readonly public_key: string
  readonly inherits: readonly string[]
  readonly tenant: string | null
  readonly permission: string
  readonly permission_id: string
  readonly effect: 'allow' | 'deny'
  readonly scope: {
    readonly tenant?: string | null
    readonly resource_type?: string | null
    readonly resource_id?: string | null
  } | null
  readonly resource: Readonly<Record<string, unknown>>
  readonly field: string
}

type ValueOf<Name> = Name extends keyof BodyValues ? BodyValues[Name] : unknown

/** A body as clients send it, by its contract. Fields of a collection, where they may stand in it, are checked at run time. */
export type BodyOf<Body> = Body extends {
  readonly required: readonly (infer Required extends string)[]
  readonly optional: readonly (infer Optional extends string)[]
}
  ? { readonly [Name in Required]: ValueOf<Name> } & {
      readonly [Name in Optional]?: ValueOf<Name> | undefined
    } & (Body extends {
        readonly open: string
      }
        ? { readonly [field: string]: unknown }
        : unknown)
  : undefined
