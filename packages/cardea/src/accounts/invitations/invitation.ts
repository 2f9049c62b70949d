import type { AuthCollection } from '@cardea/collections'
import type { ExpectedVerification, WaitingVerification } from '@cardea/identity'
import type { Invitation } from '../../api/invitations.js'
import type { Services } from '../../services/services.js'

/** What an invitation is kept with. */
export interface InvitationTerms {
  /** Fields of the account that whoever invited has decided, as they came: they are checked again when it is accepted. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The id of the role of a user of `users`; null for none. Absent: what everybody gets who registers. */
  readonly roleId?: string | null
  /** Who has invited; absent for the app's code. */
  readonly invitedBy?: string
  /** The API key that it was asked for with. */
  readonly keyId?: string
}

/** What a token has to be for, to be one of an invitation to a collection. */
export const invitationOf = ({ name }: AuthCollection): ExpectedVerification => ({
  purpose: 'invitation',
  collection: name,
})

/** Only `issueInvitation` writes this purpose. */
export const termsOf = ({ bound }: { readonly bound: unknown }): InvitationTerms => bound as InvitationTerms

/** Invitations as those see them who send them. One more statement where a role was named. */
export async function viewInvitations(
  { policy }: Services,
  waiting: readonly WaitingVerification[],
): Promise<readonly Invitation[]> {
  const named = waiting.some((one) => typeof termsOf(one).roleId === 'string')
  const labels = new Map((named ? await policy.listRoles() : []).map(({ id, label }) => [id, label]))
  return waiting.map((one) => {
    const { fields, roleId, invitedBy = null } = termsOf(one)
    const { id, subject: email, createdAt, expiresAt, holds } = one
    const role = typeof roleId === 'string' ? (labels.get(roleId) ?? roleId) : null
    return { id, email, fields, role, invitedBy, createdAt, expiresAt, holds }
  })
}
