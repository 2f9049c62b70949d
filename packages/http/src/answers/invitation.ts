import type { Invitation } from 'cardea'
import type { InvitationAnswer } from '../contract/answers.js'
import { toIso } from './instant.js'

/** An invitation as those see it who send them. Its token is in the mail alone. */
export const invitationAnswer = (invitation: Invitation): InvitationAnswer => ({
  id: invitation.id,
  email: invitation.email,
  fields: invitation.fields,
  role: invitation.role,
  invited_by: invitation.invitedBy,
  created_at: toIso(invitation.createdAt),
  expires_at: toIso(invitation.expiresAt),
  holds: invitation.holds,
})
