import type { ListedSession } from '../api/listed-session.js'
import { describeDevice } from '../mail/device.js'
import type { Services } from '../services/services.js'

/** The sessions of a principal that still count, the newest first, with names for what they were begun on. */
export async function listSessions(services: Services, principalId: string): Promise<readonly ListedSession[]> {
  const sessions = await services.sessions.list(principalId)
  return await Promise.all(
    sessions.map(async (session) => ({
      ...session,
      device: (await describeDevice(session.userAgent ?? undefined)) ?? null,
    })),
  )
}
