import { bumpEpoch } from '@cardea/identity'
import type { EndedSession } from '@cardea/sessions'
import { loadOperations } from '../later/load-operations.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import type { SessionsApi } from './cardea.js'
import { keepUp } from './keep-up.js'

const builtInOnly: readonly string[] = [usersName]

/** The session operations, over the services of a storage or a transaction. */
export function bindSessions(services: Services): SessionsApi {
  const { sessions, clock, emit } = services
  return Object.freeze<SessionsApi>({
    verify: async (credential, options = {}) => {
      const collections = options.collections ?? builtInOnly
      const result =
        'accessToken' in credential
          ? await sessions.verifyAccessToken(credential.accessToken, collections)
          : await sessions.verifyCookie(credential.cookieToken, collections)
      if (!result.valid) return { authenticated: false, code: result.code }
      const { principal, session, versions } = result
      const behind = keepUp(services, versions)
      if (behind !== undefined) await behind
      return {
        authenticated: true,
        authentication: {
          principalId: principal.id,
          collection: principal.collection,
          session,
          apiKey: undefined,
          credential: result.credential,
          versions,
        },
      }
    },
    list: async (principalId) => await (await loadOperations()).listSessions(services, principalId),
    find: (sessionId) => sessions.find(sessionId),
    revoke: async (principalId, sessionId) => {
      const revoked = await sessions.revoke(principalId, sessionId)
      if (revoked) emit({ type: 'session.revoked', at: clock(), collection: null, principalId, sessionId })
      return revoked
    },
    revokeAll: async (principalId, options) => {
      const count = await revokeAll(services, principalId, options?.except)
      if (count > 0) emit({ type: 'session.revoked', at: clock(), collection: null, principalId, sessionId: null })
      return count
    },
    end: async (credential, { collection }) => {
      let ended: EndedSession | undefined
      if ('accessToken' in credential) ended = await sessions.endByAccessToken(credential.accessToken, collection)
      else if ('cookieToken' in credential) ended = await sessions.endByCookie(credential.cookieToken, collection)
      else ended = await sessions.endByRefreshToken(credential.refreshToken, collection)
      if (ended === undefined) return false
      emit({ type: 'session.ended', at: clock(), collection, ...ended })
      return true
    },
  })
}

/** Also ends what is just being started: every proof that was made before carries the epoch that passes here. */
async function revokeAll(services: Services, principalId: string, except: string | undefined): Promise<number> {
  return await services.storage.transaction(async (transaction) => {
    const epoch = await bumpEpoch(transaction, principalId)
    if (epoch === undefined) return 0
    const sessions = services.sessions.withOperations(transaction)
    const kept = except !== undefined && (await sessions.carryOver(transaction, except, epoch))
    return await sessions.revokeAll(principalId, kept ? { except } : {})
  })
}
