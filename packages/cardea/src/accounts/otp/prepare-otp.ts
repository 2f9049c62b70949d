import type { AuthCollection } from '@cardea/collections'
import { type Budget, findByIdentifier } from '@cardea/identity'
import type { MailJob, MailPreparers, PreparedMail } from '../../mail/preparer.js'
import type { Services } from '../../services/services.js'
import { latestSettings } from '../../settings/effective-settings.js'
import { type AddressedAccount, findAccount, maySend } from '../recovery/address.js'
import { collectionOf } from '../recovery/prepare-links.js'
import { codeSeconds, maySendCode, type OtpPayload } from './codes.js'
import type { OtpTarget } from './verify-otp.js'
import { makesAccounts } from './verify-otp.js'

async function prepareOtp(services: Services, job: MailJob<'otp'>): Promise<PreparedMail<'otp'> | undefined> {
  const collection = await collectionOf(services, job)
  if (collection === undefined || !(await latestSettings(services, collection)).otp.enabled) return undefined
  // Nobody who waited that long still has the page open that asked.
  if (services.clock() - job.createdAt > codeSeconds * 1_000) return undefined
  const account = await findAccount(services, collection, job.recipient)
  if (!(await isWithinBudget(services, collection, job, account))) return undefined
  const flow = {
    purpose: 'otp',
    collection: collection.name,
    subject: job.recipient,
    flowId: job.flowId,
    lifetimeSeconds: codeSeconds,
  } as const
  if (account === undefined && (!makesAccounts(services, collection) || (await isTaken(services, job)))) {
    // A secret that nobody learns or guesses: wrong codes are counted and compared for nobody as they are for somebody.
    await services.verifications.issueToken(services.storage, flow)
    return undefined
  }
  const { code } = await services.verifications.issueCode(services.storage, {
    ...flow,
    ...(account === undefined ? {} : { principal: account.principal, bound: boundOf(account) }),
  })
  const to = account === undefined ? job.recipient : String(account.record['email'])
  return {
    to,
    ...(account === undefined ? {} : { principalId: account.principal.id }),
    data: { code, minutes: codeSeconds / 60 },
  }
}

/** Of codes to all devices of one account: whoever knows the password can have as many of them as it likes. */
const ofDevices: Budget = { limit: 100, periodSeconds: 86_400 }

/**
 * Whether the code may be sent. A request without a device has drawn on the budget of the address. One with a device has drawn on
 * that of the device, which is worth something only where the account knows it and is its owner's, so that nobody has many mails
 * sent to a stranger by registering with the address; else the budget of the address counts now.
 */
async function isWithinBudget(
  services: Services,
  collection: AuthCollection,
  job: MailJob<'otp'>,
  account: AddressedAccount | undefined,
): Promise<boolean> {
  const { storage, devices, verifications } = services
  const { recipient, flowId } = job
  // Only `requestOtp` writes this kind.
  const { device } = (job.payload ?? {}) as OtpPayload
  if (device === undefined) return true
  // A mail that could not be sent has drawn already when its code was made.
  const flow = { purpose: 'otp', collection: collection.name, subject: recipient, flowId } as const
  if (job.attempt > 1 && (await verifications.hasFlow(storage, flow))) return true
  const { principal, record } = account ?? {}
  const isKnown =
    principal !== undefined && record?.['verified'] === true && (await devices.knowsHash(storage, principal.id, device))
  return isKnown
    ? await maySend(services, 'otp_devices', collection, principal.id, ofDevices)
    : await maySendCode(services, collection, recipient, undefined)
}

/** Whether somebody has the address who cannot sign in, being disabled: no account can be made for it. */
const isTaken = async ({ storage }: Services, { collection, recipient }: MailJob<'otp'>): Promise<boolean> =>
  (await findByIdentifier(storage, { collection, kind: 'email', key: recipient })) !== undefined

const boundOf = ({ record }: AddressedAccount): OtpTarget => ({ verified: record['verified'] === true })

/** Mails with a code, which is made when the mail is. */
export const otpPreparers = { otp: prepareOtp } as const satisfies MailPreparers
