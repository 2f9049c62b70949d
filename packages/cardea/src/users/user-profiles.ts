import type { AuthCollection } from '@cardea/collections'
import type { PrincipalState } from '@cardea/identity'
import { keysOfMany } from '@cardea/identity/later'
import { principalIdOf } from '../accounts/principal-of.js'
import type { ListedSession } from '../api/listed-session.js'
import type { ListPage, ListQuery, UserProfile } from '../api/users.js'
import { describeDevice } from '../mail/device.js'
import type { Services } from '../services/services.js'
import { viewIdentityLink } from './identity-links.js'
import { listUsersWithRoles } from './list-users.js'

type Fields = Readonly<Record<string, unknown>>

const mostProfiles = 100
/** Of all users of a page together: more than people have, however often they sign in. */
const mostSessions = 10_000

/** A part of the list of users, each with what hangs on it. */
export async function listProfiles(
  services: Services,
  collection: AuthCollection,
  query: ListQuery,
): Promise<ListPage<UserProfile<Fields>>> {
  const { items, next } = await listUsersWithRoles(services, collection, query, mostProfiles)
  const ids = items.map(({ user }) => principalIdOf(user as Fields))
  const states = items.flatMap(({ principal }) => principal ?? [])
  const [keys, sessions] = await Promise.all([
    keysOfMany(services.storage, collection.name, ids),
    sessionsOf(services, states),
  ])
  const identityLinks = Map.groupBy(keys.identityLinks.map(viewIdentityLink), ownerOf)
  const sshKeys = Map.groupBy(keys.sshKeys, ownerOf)
  const apiKeys = Map.groupBy(keys.apiKeys, ownerOf)
  const sessionsById = Map.groupBy(sessions, ownerOf)
  const profiles = items.map(({ user, roles }, index) => {
    const id = ids[index] ?? ''
    return {
      user,
      roles,
      identityLinks: identityLinks.get(id) ?? [],
      sshKeys: sshKeys.get(id) ?? [],
      sessions: sessionsById.get(id) ?? [],
      apiKeys: apiKeys.get(id) ?? [],
    }
  })
  return { items: profiles, next }
}

const ownerOf = ({ principalId }: { readonly principalId: string }): string => principalId

async function sessionsOf(services: Services, states: readonly PrincipalState[]): Promise<readonly ListedSession[]> {
  const sessions = await services.sessions.listOfMany(states, mostSessions)
  return await Promise.all(
    sessions.map(async (session) => ({
      ...session,
      device: (await describeDevice(session.userAgent ?? undefined)) ?? null,
    })),
  )
}
