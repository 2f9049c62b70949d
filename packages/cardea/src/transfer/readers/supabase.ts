import { jsonOf, listOf, member, memberAt, type NeutralUser, type Row, usual } from '../neutral-user.js'

/** Identities of GoTrue that are no provider's. */
const own: ReadonlySet<unknown> = new Set(['email', 'phone'])

/** A row of `auth.users` with its rows of `auth.identities` as a list, or its text, under the name `identities`. */
export function readSupabase(row: Row): NeutralUser {
  const identities = listOf(jsonOf(member(row, 'identities')))
  const meta = jsonOf(member(row, 'raw_user_meta_data'))
  const bannedUntil = member(row, 'banned_until')
  const deletedAt = member(row, 'deleted_at')
  return {
    email: member(row, 'email'),
    verified: isSet(member(row, 'email_confirmed_at') ?? member(row, 'confirmed_at')),
    passwordHash: member(row, 'encrypted_password') === '' ? undefined : member(row, 'encrypted_password'),
    createdAt: member(row, 'created_at'),
    disabled: isSet(bannedUntil) || isSet(deletedAt),
    disabledUntil: isSet(deletedAt) ? undefined : bannedUntil,
    identities: identities
      .filter((identity) => !own.has(member(identity, 'provider')))
      .map((identity) => ({
        provider: member(identity, 'provider'),
        subject:
          member(identity, 'provider_id') ??
          memberAt(jsonOf(member(identity, 'identity_data')), 'sub') ??
          member(identity, 'id'),
        email: memberAt(jsonOf(member(identity, 'identity_data')), 'email'),
      })),
    fields: usual({ name: member(meta, 'full_name') ?? member(meta, 'name'), username: member(meta, 'user_name') }),
  }
}

const isSet = (value: unknown): boolean => typeof value === 'string' && value !== ''
