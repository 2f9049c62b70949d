import { type AuthCollection, identityFields, type NewValues } from '@cardea/collections'
import { CardeaError, isCardeaError, normalizeEmail } from '@cardea/core'
import { findByIdentifier } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import { presentValues } from '../collections/present-values.js'
import { requestOf } from '../hooks/request-of.js'
import type { MailJob } from '../mail/preparer.js'
import type { Services } from '../services/services.js'
import { latestSettings } from '../settings/effective-settings.js'
import { normalizeIdentifier } from './identifiers-of.js'
import { createAccount, type PreparedAccount } from './new-account.js'
import { maySend } from './recovery/address.js'
import { writeAccount } from './write-account.js'

/** A registration that waits for its turn, encrypted with its job. */
interface WaitingRegistration {
  readonly values: NewValues
  readonly hash: string
  readonly role: string | undefined
  readonly ip?: string | undefined
  readonly userAgent?: string | undefined
}

/**
 * Takes a registration without saying whether the address is new: one job, whoever has it. The account is made when the job is
 * worked on, and who has one already is told by mail.
 *
 * @throws CardeaError `username_taken` or `conflict` for other identifiers, which are no secret.
 */
export async function enqueueRegistration(
  services: Services,
  account: PreparedAccount,
  { ip, userAgent }: ClientDetails,
): Promise<void> {
  services.mail.assertEnabled()
  const { collection, email, values, hash, role } = account
  await assertFree(services, collection, values)
  const recipient = normalizeEmail(email) ?? email
  if (!(await maySend(services, 'registration', collection, recipient))) return
  const registration: WaitingRegistration = {
    values,
    hash,
    role,
    ...(typeof ip === 'string' ? { ip } : {}),
    ...(typeof userAgent === 'string' ? { userAgent } : {}),
  }
  await services.mail.enqueue(services.storage, {
    kind: 'verification',
    collection: collection.name,
    recipient,
    payload: { registration },
  })
  services.mail.kick()
}

async function assertFree(services: Services, collection: AuthCollection, values: NewValues): Promise<void> {
  for (const kind of identityFields(collection)) {
    const value = values[kind]
    const key = kind === 'email' || typeof value !== 'string' ? undefined : normalizeIdentifier(kind, value)
    if (key === undefined) continue
    const found = await findByIdentifier(services.storage, { collection: collection.name, kind, key })
    if (found === undefined) continue
    throw new CardeaError(kind === 'username' ? 'username_taken' : 'conflict', `This ${kind} is taken.`, {
      issues: [{ path: kind, code: 'taken', message: 'is taken' }],
    })
  }
}

/**
 * What no later try would change: somebody was faster with the address, or with a value that has to be unique; a record that
 * was named is gone; registration was closed; or the fields have changed, so that something is wanted which nobody is there to be
 * asked for.
 */
const refusals: ReadonlySet<string> = new Set([
  'email_taken',
  'username_taken',
  'conflict',
  'foreign_key_violation',
  'invalid_request',
  'method_disabled',
])

const closed = (): CardeaError => new CardeaError('method_disabled', 'Registration is closed.')

/**
 * Makes the account of a registration that was waiting. The job's id becomes the principal's, so that trying again makes no
 * second one.
 *
 * @returns Whether the account is this registration's, so that its address is to be verified.
 */
export async function makeWaitingAccount(
  services: Services,
  collection: AuthCollection,
  job: MailJob<'verification'>,
): Promise<boolean> {
  const waiting = job.payload?.['registration'] as WaitingRegistration | undefined
  if (waiting === undefined) return true
  const known = await findByIdentifier(services.storage, {
    collection: collection.name,
    kind: 'email',
    key: job.recipient,
  })
  if (known !== undefined) {
    if (known.principal.id === job.id) return true
    await tellOwner(services, collection, job, waiting)
    return false
  }
  const { hash, role, ip, userAgent } = waiting
  const { name } = collection
  let values: NewValues
  try {
    // It may have been closed meanwhile, or the collection be another one of the name.
    if ((await latestSettings(services, collection)).registration !== 'open') throw closed()
    values = presentValues(services, collection, waiting.values)
    const account = { collection, email: job.recipient, values, hash, role }
    await writeAccount(services, (transaction) => createAccount(services, transaction, account, job.id))
  } catch (error) {
    if (!isCardeaError(error) || !refusals.has(error.code)) throw error
    const about = { at: services.clock(), collection: name, principalId: null, reason: error.code }
    services.emit({ type: 'user.registration_failed', ...about })
    return false
  }
  services.emit({ type: 'user.registered', at: services.clock(), collection: name, principalId: job.id })
  const request = requestOf({ ip: ip ?? null, userAgent: userAgent ?? null })
  services.hooks.after('afterRegister', {
    collection: name,
    email: job.recipient,
    values,
    request,
    principalId: job.id,
  })
  return true
}

async function tellOwner(
  services: Services,
  collection: AuthCollection,
  job: MailJob<'verification'>,
  { ip, userAgent }: WaitingRegistration,
): Promise<void> {
  await services.mail.enqueue(services.storage, {
    kind: 'registration_attempted',
    collection: collection.name,
    recipient: job.recipient,
    payload: { at: job.createdAt, ip, userAgent },
  })
  services.mail.kick()
}
