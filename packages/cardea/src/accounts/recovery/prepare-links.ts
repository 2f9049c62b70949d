import { type AuthCollection, identityFields, isAuthCollection } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import { findByIdentifier, findPrincipal } from '@cardea/identity'
import type { MailJob, MailPreparers, PreparedMail } from '../../mail/preparer.js'
import type { Services } from '../../services/services.js'
import { makeWaitingAccount } from '../registration-job.js'
import { findAccount } from './address.js'

/** How long links hold, in seconds. A reset lets in, so it is short; to verify an address people take their time. */
const verificationSeconds = 86_400
const resetSeconds = 3_600
const emailChangeSeconds = 86_400

/** What a reset link was made for. */
export interface ResetTarget {
  /** Whether the address was verified when the link was made. */
  readonly verified: boolean
  /** The account's identifiers, the address among them, so that the record need not be read again. */
  readonly identity: Readonly<Record<string, string>>
}

/** What a link to a new address was made for. */
export interface EmailChangeTarget {
  /** Keys of the two addresses. */
  readonly from: string
  readonly to: string
}

/** The job of an e-mail change, which the account's owner has asked for. */
export interface EmailChangePayload {
  readonly principalId: string
  /** The epoch of the proof that it rests on. */
  readonly epoch: number
}

/** The auth collection of a job, as it is defined by now. */
export async function collectionOf(
  services: Services,
  job: { readonly collection: string },
): Promise<AuthCollection | undefined> {
  const collection = await services.collections.find(job.collection)
  return collection !== undefined && isAuthCollection(collection) ? collection : undefined
}

async function prepareVerification(
  services: Services,
  job: MailJob<'verification'>,
): Promise<PreparedMail<'verification'> | undefined> {
  const collection = await collectionOf(services, job)
  if (collection === undefined || !(await makeWaitingAccount(services, collection, job))) return undefined
  const account = await findAccount(services, collection, job.recipient)
  if (account === undefined || account.record['verified'] === true) return undefined
  const { principal, record } = account
  const { token } = await services.verifications.issueToken(services.storage, {
    purpose: 'email_verification',
    collection: collection.name,
    subject: principal.id,
    principal,
    bound: { email: job.recipient },
    lifetimeSeconds: verificationSeconds,
  })
  return {
    to: String(record['email']),
    principalId: principal.id,
    data: {
      link: services.mail.link('verification', collection.name, token),
      minutes: verificationSeconds / 60,
    },
  }
}

async function prepareReset(
  services: Services,
  job: MailJob<'password_reset'>,
): Promise<PreparedMail<'password_reset'> | undefined> {
  const collection = await collectionOf(services, job)
  const account = collection && (await findAccount(services, collection, job.recipient))
  if (collection === undefined || account === undefined) return undefined
  const { principal, record } = account
  const identity = identityFields(collection).flatMap((kind) => {
    const value = record[kind]
    return typeof value === 'string' ? [[kind, value] as const] : []
  })
  const bound: ResetTarget = { verified: record['verified'] === true, identity: Object.fromEntries(identity) }
  const { token } = await services.verifications.issueToken(services.storage, {
    purpose: 'password_reset',
    collection: collection.name,
    subject: principal.id,
    principal,
    bound,
    lifetimeSeconds: resetSeconds,
  })
  return {
    to: String(record['email']),
    principalId: principal.id,
    data: { link: services.mail.link('password_reset', collection.name, token), minutes: resetSeconds / 60 },
  }
}

async function prepareEmailChange(
  services: Services,
  job: MailJob<'email_change'>,
): Promise<PreparedMail<'email_change'> | undefined> {
  const collection = await collectionOf(services, job)
  // Sealed with the job, so it is what was given for this kind; gone where the mail was given up before.
  const payload = job.payload as EmailChangePayload | undefined
  if (collection === undefined || payload === undefined) return undefined
  const { storage, records, verifications } = services
  const taken = await findByIdentifier(storage, { collection: collection.name, kind: 'email', key: job.recipient })
  // Whoever has the address already would only be confused; the one who asked learns nothing of that.
  if (taken !== undefined) return undefined
  const principal = await findPrincipal(storage, payload.principalId)
  const record = principal && (await records.find(storage, collection, principal.id))
  if (principal?.active !== true || principal.epoch !== payload.epoch || record === undefined) return undefined
  const from = normalizeEmail(record['email'])
  if (from === undefined) return undefined
  const bound: EmailChangeTarget = { from, to: job.recipient }
  const { token } = await verifications.issueToken(storage, {
    purpose: 'email_change',
    collection: collection.name,
    subject: principal.id,
    principal,
    bound,
    lifetimeSeconds: emailChangeSeconds,
  })
  return {
    to: job.recipient,
    principalId: principal.id,
    data: { link: services.mail.link('email_change', collection.name, token), minutes: emailChangeSeconds / 60 },
  }
}

/** Mails with a link, whose secret is made when the mail is. */
export const linkPreparers = {
  verification: prepareVerification,
  password_reset: prepareReset,
  email_change: prepareEmailChange,
} as const satisfies MailPreparers
