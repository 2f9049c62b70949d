import type { FirebaseHashConfig } from '../../api/transfer.js'
import { listOf, member, type NeutralUser, type Row, usual } from '../neutral-user.js'

/** Ways in at Firebase that are no provider's account. */
const own: ReadonlySet<unknown> = new Set(['password', 'phone', 'anonymous'])

/** A member of `users` of what `firebase auth:export` writes. */
export function readFirebase(row: Row, config: FirebaseHashConfig | undefined): NeutralUser {
  const createdAt = member(row, 'createdAt')
  return {
    email: member(row, 'email'),
    verified: member(row, 'emailVerified'),
    passwordHash: hashOf(row, config),
    createdAt: typeof createdAt === 'string' ? Number(createdAt) : createdAt,
    disabled: member(row, 'disabled'),
    identities: listOf(member(row, 'providerUserInfo'))
      .filter((info) => !own.has(member(info, 'providerId')))
      .map((info) => ({
        provider: member(info, 'providerId'),
        subject: member(info, 'rawId'),
        email: member(info, 'email'),
      })),
    fields: usual({ name: member(row, 'displayName') }),
  }
}

/**
 * Firebase encrypts the project's signer key with what scrypt makes of the password, and keeps that. AES in counter mode adds
 * its stream to the key, so taking the key away leaves the stream: all that it takes to check the password, and nothing of the
 * project's.
 *
 * @see https://github.com/firebase/scrypt
 */
function hashOf(row: Row, config: FirebaseHashConfig | undefined): string | null | undefined {
  const encrypted = bytesOf(member(row, 'passwordHash'))
  if (encrypted === undefined || encrypted.length === 0) return undefined
  const salt = bytesOf(member(row, 'salt'))
  const key = bytesOf(config?.base64_signer_key)
  const separator = bytesOf(config?.base64_salt_separator)
  if (config === undefined || salt === undefined || key === undefined || separator === undefined) return null
  if (key.length !== encrypted.length) return null
  const stream = encrypted.map((byte, index) => byte ^ (key[index] ?? 0))
  const whole = Buffer.concat([salt, separator])
  return `$firebase-scrypt$ln=${config.mem_cost},r=${config.rounds}$${phc(whole)}$${phc(Buffer.from(stream))}`
}

/** Standard base64, or that of URLs. */
const bytesOf = (value: unknown): Buffer | undefined =>
  typeof value === 'string' ? Buffer.from(value, 'base64') : undefined

const phc = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
