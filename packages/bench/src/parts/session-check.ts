import { createCallers } from '../measure/calls.ts'
import { interleave } from '../measure/interleave.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { openCardea } from '../peers/open-cardea.ts'
import { processorRows, toRows } from '../report/rows.ts'
import { checkSession, requireSessionRefusals } from './better-auth-calls.ts'
import { checkCookie, checkToken, requireRefusals } from './cardea-calls.ts'
import type { Part } from './context.ts'
import { createFirstSight } from './first-sight.ts'

const ours = 'Cardea, cookie'

/** Who is behind a credential, in process. */
export const sessionCheck: Part = {
  name: 'session',
  run: async ({ scale, world }) => {
    const { cardea, betterAuth } = await world()
    const strict = openCardea(cardea.file)
    const stateless = openCardea(cardea.file, { mode: 'stateless' })
    await Promise.all([strict.ready(), stateless.ready()])
    const peer = openBetterAuth(betterAuth.file)
    const caching = openBetterAuth(betterAuth.file, { cookieCache: true })
    for (const caller of cardea.callers.slice(0, 3)) await requireRefusals(strict, caller)
    for (const caller of betterAuth.callers.slice(0, 3)) await requireSessionRefusals(peer, caller)
    const { contenders, processorTime } = createCallers(
      {
        [ours]: checkCookie(strict, cardea.callers),
        'better-auth, cookie': checkSession(peer, betterAuth.callers),
        'Cardea, access token, strict': checkToken(strict, cardea.callers),
        'Cardea, access token, stateless': checkToken(stateless, cardea.callers),
        'better-auth, cookie cache': checkSession(caching, betterAuth.callers, 'cachedCookie'),
      },
      scale.turnMilliseconds,
    )
    const firstSight = { name: 'Cardea, access token, stateless, first sight', turn: createFirstSight(cardea) }
    const measured = await interleave([...contenders, firstSight], { rounds: scale.rounds, warmUp: scale.judged })
    await Promise.all([strict.close(), stateless.close()])
    return {
      name: 'session',
      title: 'Session check in process, one after the other',
      rows: [...toRows(measured, 'µs', ours), ...processorRows(processorTime, ours)],
      verdicts: [],
      notes: [
        `${cardea.callers.length} sessions in turn, of ${scale.sessions} in the table`,
        'Cardea is handed the token, better-auth the headers; what finding the cookie costs shows in the next part',
        'cookie and strict token read the database, as better-auth does: the end of a session is seen at once',
        'stateless and cookie cache see it when the token or cache expires; a token that came before is not computed again, "first sight" is one that comes first',
        'better-auth gives the user’s record along with the session; Cardea gives the session, and the versions for permissions',
      ],
    }
  },
}
