import type { AuthCollection } from '@cardea/collections'
import { reportingFailure } from '../accounts/recovery/reporting-failure.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { InvitationOperations } from './invitations.js'

/** Invitations to one auth collection. */
export const bindInvitations = (
  services: Services,
  collection: AuthCollection,
): InvitationOperations<Readonly<Record<string, unknown>>, unknown> =>
  Object.freeze<InvitationOperations<Readonly<Record<string, unknown>>, unknown>>({
    create: async (input, options = {}) =>
      await (await loadOperations()).createInvitation(services, collection, input, options),
    list: async (query = {}) => await (await loadOperations()).listInvitations(services, collection, query),
    count: async () => await (await loadOperations()).countInvitations(services, collection),
    resend: async (id, options = {}) =>
      await (await loadOperations()).resendInvitation(services, collection, id, options),
    revoke: async (id, options = {}) => {
      await (await loadOperations()).revokeInvitation(services, collection, id, options)
    },
    accept: async (token, input, context = {}) =>
      await reportingFailure(services, collection, 'invitation.failed', async () =>
        (await loadOperations()).acceptInvitation(services, collection, token, input, context),
      ),
  })
