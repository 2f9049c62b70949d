import {
  type AuthCollection,
  type CollectionRow,
  hasColumn,
  isMapped,
  type NewValues,
  type ParseOptions,
  parseAccount,
  parseRegistration,
} from '@cardea/collections'
import { CardeaError, isCardeaError, normalizeEmail } from '@cardea/core'
import { addIdentifier, createPrincipal } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { insertMappedRecord } from '../mapped/insert-record.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { identifiersOf } from './identifiers-of.js'
import { invalidInput } from './invalid-input.js'
import { passwordRules } from './password-rules.js'

/** A checked account, ready to be written. */
export interface PreparedAccount {
  readonly collection: AuthCollection
  readonly email: string
  readonly values: NewValues
  readonly hash: string
  readonly role: string | undefined
}

/** An account as it is written: also one without a password, of an address that somebody has vouched for. */
export type NewAccount = Omit<PreparedAccount, 'hash'> & {
  readonly hash: string | undefined
  readonly verified?: boolean
  /** When it was made elsewhere, in milliseconds since 1970. Default now. */
  readonly createdAt?: number
}

/** An account that was written. */
export interface CreatedAccount {
  readonly id: string
  readonly record: CollectionRow
}

/**
 * Checks what an account is to be made of, and hashes its password.
 *
 * @throws CardeaError `invalid_request`, `unknown_field`, `weak_password`, `unavailable`.
 */
export async function prepareAccount(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  role: string | undefined,
): Promise<PreparedAccount> {
  const parsed = parseRegistration(collection, input)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const { email, password, values } = parsed
  identifiersOf(collection, { ...values, email })
  const { hash } = await services.passwords.prepare(password, passwordRules(services, collection, { ...values, email }))
  return { collection, email, values, hash, role: collection.name === usersName ? role : undefined }
}

/** The same for somebody else, who may set a password later: then `hash` is undefined. */
export async function prepareMember(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  options: ParseOptions,
): Promise<NewAccount> {
  const parsed = parseAccount(collection, input, options)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const { email, password, values } = parsed
  identifiersOf(collection, { ...values, email })
  const rules = passwordRules(services, collection, { ...values, email })
  const hash = password === undefined ? undefined : (await services.passwords.prepare(password, rules)).hash
  return { collection, email, values, hash, role: collection.name === usersName ? services.defaultRole : undefined }
}

/**
 * Writes an account.
 *
 * @throws CardeaError `email_taken`, `username_taken`, `conflict` and what storage throws.
 */
export async function createAccount(
  services: Services,
  transaction: StorageOperations,
  account: NewAccount,
  id: string = services.createId(),
): Promise<CreatedAccount> {
  const { collection, email, values, createdAt = services.clock() } = account
  const inserted = isMapped(collection) ? await insertMappedRecord(services, transaction, account, id) : undefined
  const recordKey = inserted === undefined ? id : String(inserted['id'])
  const verified = account.verified ?? false
  await createPrincipal(transaction, {
    id,
    collection: collection.name,
    recordKey,
    now: createdAt,
    ...(hasColumn(collection, 'verified') ? {} : { verified }),
  })
  for (const identifier of identifiersOf(collection, { ...values, email })) {
    await addIdentifier(transaction, { ...identifier, principalId: id })
  }
  if (account.hash !== undefined) await services.passwords.write(transaction, id, account.hash)
  const record =
    inserted ??
    (await services.records.insert(transaction, collection, {
      id,
      email: normalizeEmail(email) ?? email,
      verified,
      values,
      createdAt,
    }))
  if (account.role !== undefined) await giveRole(services, transaction, id, account.role)
  return { id, record }
}

/** Whoever makes a user before the instance is ready reads what is amiss: nothing else names `ready`. */
async function giveRole(services: Services, transaction: StorageOperations, id: string, role: string): Promise<void> {
  try {
    await services.policy.assignNew(transaction, id, role)
  } catch (error) {
    if (!isCardeaError(error, 'not_found')) throw error
    const message = `defaultRole: there is no role ${role} yet: await auth.ready() first, which writes the roles of the code`
    throw new CardeaError('configuration_invalid', message, { cause: error })
  }
}
