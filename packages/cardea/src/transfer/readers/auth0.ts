import { isRow, listOf, member, memberAt, type NeutralUser, type Row, usual } from '../neutral-user.js'

/** The connection that keeps passwords at Auth0 itself. */
const own = 'auth0'

/** A line of an export, of the file with hashes that support sends, or of the form in which Auth0 imports. */
export function readAuth0(row: Row): NeutralUser {
  return {
    email: member(row, 'email'),
    verified: member(row, 'email_verified'),
    passwordHash:
      member(row, 'password_hash') ?? member(row, 'passwordHash') ?? customHash(member(row, 'custom_password_hash')),
    createdAt: member(row, 'created_at'),
    disabled: member(row, 'blocked'),
    identities: listOf(member(row, 'identities'))
      .filter((identity) => member(identity, 'provider') !== own)
      .map((identity) => ({
        provider: member(identity, 'provider'),
        subject: textOf(member(identity, 'user_id')),
        email: memberAt(identity, 'profileData.email'),
      })),
    fields: usual({ name: member(row, 'name'), username: member(row, 'username') }),
  }
}

/** Some providers count their accounts. */
const textOf = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)

/** Those forms that say all that it takes to check a password. */
function customHash(custom: unknown): unknown {
  if (!isRow(custom)) return undefined
  const value = memberAt(custom, 'hash.value')
  const algorithm = member(custom, 'algorithm')
  if (algorithm === 'argon2' || algorithm === 'bcrypt' || algorithm === 'pbkdf2') return value
  return algorithm === 'scrypt' ? (scryptPhc(custom, value) ?? null) : null
}

function scryptPhc(custom: Row, value: unknown): string | undefined {
  const cost = member(custom, 'cost') ?? 16_384
  const blockSize = member(custom, 'blockSize') ?? 8
  const parallelization = member(custom, 'parallelization') ?? 1
  const salt = decode(memberAt(custom, 'salt.value'), memberAt(custom, 'salt.encoding') ?? 'utf8')
  const output = decode(value, memberAt(custom, 'hash.encoding'))
  if (
    typeof cost !== 'number' ||
    typeof blockSize !== 'number' ||
    typeof parallelization !== 'number' ||
    !Number.isInteger(Math.log2(cost)) ||
    salt === undefined ||
    output === undefined
  ) {
    return undefined
  }
  return `$scrypt$ln=${Math.log2(cost)},r=${blockSize},p=${parallelization}$${phc(salt)}$${phc(output)}`
}

function decode(value: unknown, encoding: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined
  return encoding === 'hex' || encoding === 'base64' || encoding === 'utf8' ? Buffer.from(value, encoding) : undefined
}

const phc = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
