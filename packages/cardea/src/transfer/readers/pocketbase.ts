import { listOf, member, type NeutralUser, type Row, usual } from '../neutral-user.js'

/** A record of an auth collection with its rows of `_externalAuths` as a list under the name `externalAuths`. */
export function readPocketBase(row: Row): NeutralUser {
  return {
    email: member(row, 'email'),
    // SQLite knows no truth values.
    verified: truth(member(row, 'verified')),
    // `passwordHash` before version 0.23, `password` since.
    passwordHash: member(row, 'passwordHash') ?? member(row, 'password'),
    createdAt: member(row, 'created'),
    identities: listOf(member(row, 'externalAuths')).map((account) => ({
      provider: member(account, 'provider'),
      subject: member(account, 'providerId'),
    })),
    fields: usual({ name: member(row, 'name'), username: member(row, 'username') }),
  }
}

const truth = (value: unknown): unknown => (value === 1 ? true : value === 0 ? false : value)
