import { listOf, member, type NeutralUser, type Row, usual } from '../neutral-user.js'

/** Accounts of better-auth that are no provider's: the one that holds the password. */
const password = 'credential'

/** A row of `user` with its rows of `account` as a list under the name `accounts`. */
export function readBetterAuth(row: Row): NeutralUser {
  const accounts = listOf(member(row, 'accounts'))
  return {
    email: member(row, 'email'),
    verified: member(row, 'emailVerified'),
    passwordHash: accounts.map((account) => member(account, 'password')).find((hash) => hash !== undefined),
    createdAt: member(row, 'createdAt'),
    disabled: member(row, 'banned'),
    disabledUntil: member(row, 'banExpires'),
    identities: accounts
      .filter((account) => member(account, 'providerId') !== password)
      .map((account) => ({ provider: member(account, 'providerId'), subject: member(account, 'accountId') })),
    fields: usual({ name: member(row, 'name'), username: member(row, 'username') }),
  }
}
