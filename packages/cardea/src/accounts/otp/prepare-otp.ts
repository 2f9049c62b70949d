import { findByIdentifier } from '@cardea/identity'
import type { MailJob, MailPreparers, PreparedMail } from '../../mail/preparer.js'
import type { Services } from '../../services/services.js'
import { type AddressedAccount, findAccount } from '../recovery/address.js'
import { collectionOf } from '../recovery/prepare-links.js'
import { codeSeconds } from './codes.js'
import type { OtpTarget } from './verify-otp.js'
import { makesAccounts } from './verify-otp.js'

async function prepareOtp(services: Services, job: MailJob<'otp'>): Promise<PreparedMail<'otp'> | undefined> {
  const collection = await collectionOf(services, job)
  if (collection === undefined || !services.settings(collection).otp.enabled) return undefined
  // Nobody who waited that long still has the page open that asked.
  if (services.clock() - job.createdAt > codeSeconds * 1_000) return undefined
  const account = await findAccount(services, collection, job.recipient)
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

/** Whether somebody has the address who cannot sign in, being disabled: no account can be made for it. */
const isTaken = async ({ storage }: Services, { collection, recipient }: MailJob<'otp'>): Promise<boolean> =>
  (await findByIdentifier(storage, { collection, kind: 'email', key: recipient })) !== undefined

const boundOf = ({ record }: AddressedAccount): OtpTarget => ({ verified: record['verified'] === true })

/** Mails with a code, which is made when the mail is. */
export const otpPreparers = { otp: prepareOtp } as const satisfies MailPreparers
