import type { MailJob, MailPreparers, PreparedMail } from '../../mail/preparer.js'
import type { Services } from '../../services/services.js'
import { collectionOf } from '../recovery/prepare-links.js'
import { invitationOf } from './invitation.js'

/** Makes the secret of an invitation, unless it was revoked, accepted or sent anew meanwhile. */
async function prepareInvitation(
  services: Services,
  job: MailJob<'invitation'>,
): Promise<PreparedMail<'invitation'> | undefined> {
  const collection = await collectionOf(services, job)
  if (collection === undefined) return undefined
  const renewed = await services.verifications.renewToken(services.storage, job.flowId, invitationOf(collection))
  if (renewed === undefined) return undefined
  const { token, subject, createdAt, expiresAt } = renewed
  return {
    to: subject,
    data: {
      link: services.mail.link('invitation', collection.name, token),
      minutes: Math.round((expiresAt - createdAt) / 60_000),
    },
  }
}

export const invitationPreparers = { invitation: prepareInvitation } as const satisfies MailPreparers
