import { invitationPreparers } from '../accounts/invitations/prepare-invitation.js'
import { otpPreparers } from '../accounts/otp/prepare-otp.js'
import { linkPreparers } from '../accounts/recovery/prepare-links.js'
import { noticePreparers } from './prepare-notice.js'
import type { MailPreparers } from './preparer.js'

/** How mails of each kind are prepared. A job of a kind that is not here is given up. */
export const mailPreparers: MailPreparers = Object.freeze({
  ...noticePreparers,
  ...linkPreparers,
  ...invitationPreparers,
  ...otpPreparers,
})
