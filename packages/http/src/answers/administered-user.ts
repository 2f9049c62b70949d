import type { IdentityLinkView, UserProfile } from 'cardea'
import type { AdministeredUserAnswer, IdentityLinkAnswer, UserProfileAnswer } from '../contract/answers.js'
import { toIso } from './instant.js'
import { apiKeyAnswer, sshKeyAnswer } from './keys.js'
import { userSessionAnswer } from './session.js'
import { userAnswer } from './user.js'

/** A user as those see it who administer users, under the names of both seeds' clients. There is no hash to be served. */
export function administeredUserAnswer(user: object): AdministeredUserAnswer {
  const answer = userAnswer('users', user)
  const stamps = { date_created: answer['created_at'], date_modified: answer['updated_at'] }
  // The services give what the type says.
  return { ...answer, ...stamps } as AdministeredUserAnswer
}

export function userProfileAnswer(
  { user, identityLinks, sshKeys, sessions, apiKeys }: UserProfile<object>,
  currentSessionId: string | undefined,
): UserProfileAnswer {
  const answer = administeredUserAnswer(user)
  return {
    ...answer,
    role_label: answer.role,
    oauth: identityLinks.map(identityLinkAnswer),
    ssh_keys: sshKeys.map(sshKeyAnswer),
    sessions: sessions.map((session) => userSessionAnswer(session, currentSessionId)),
    tokens: apiKeys.map(apiKeyAnswer),
  }
}

/** A link as served: nothing of the provider's tokens. */
export function identityLinkAnswer(link: IdentityLinkView): IdentityLinkAnswer {
  const created = toIso(link.createdAt)
  return {
    id: link.id,
    user_oauth_id: link.id,
    user_id: link.principalId,
    provider: link.provider,
    oauth_provider: link.provider,
    subject: link.subject,
    oauth_provider_user_id: link.subject,
    email: link.email,
    created_at: created,
    date_created: created,
    updated_at: toIso(link.updatedAt),
  }
}
