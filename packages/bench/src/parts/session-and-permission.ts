import { createCallTurn } from '../measure/calls.ts'
import { interleave } from '../measure/interleave.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { openCardea } from '../peers/open-cardea.ts'
import { judge, relation, toRows } from '../report/rows.ts'
import { checkSessionAndPermission, requireSessionRefusals } from './better-auth-calls.ts'
import { checkCookieAndPermission, guardByHeaders, requireRefusals } from './cardea-calls.ts'
import type { Part } from './context.ts'

const ours = 'Cardea, from the headers'
const fromToken = 'Cardea, from the cookie’s token'
const documented = 'better-auth, by user id'
const byRole = 'better-auth, by the session’s role'

/** Who is it, and may they? In process. */
export const sessionAndPermission: Part = {
  name: 'permission-of-session',
  run: async ({ scale, world }) => {
    const { cardea, betterAuth } = await world()
    const auth = openCardea(cardea.file)
    await auth.ready()
    const peer = openBetterAuth(betterAuth.file)
    for (const caller of cardea.callers.slice(0, 3)) await requireRefusals(auth, caller)
    for (const caller of betterAuth.callers.slice(0, 3)) await requireSessionRefusals(peer, caller)
    const turn = (call: Parameters<typeof createCallTurn>[0]) => createCallTurn(call, scale.turnMilliseconds)
    const measured = await interleave(
      [
        { name: ours, turn: turn(guardByHeaders(auth, cardea.callers)) },
        { name: fromToken, turn: turn(checkCookieAndPermission(auth, cardea.callers)) },
        { name: documented, turn: turn(checkSessionAndPermission(peer, betterAuth.callers, 'userId')) },
        { name: byRole, turn: turn(checkSessionAndPermission(peer, betterAuth.callers, 'role')) },
      ],
      { rounds: scale.rounds, warmUp: scale.judged },
    )
    await auth.close()
    return {
      name: 'permission-of-session',
      title: 'Session and permission check in process, one after the other',
      rows: toRows(measured, 'µs', ours),
      verdicts: [
        judge(
          '≥ 60 × better-auth’s getSession + userHasPermission',
          relation(measured, documented, ours),
          { atLeast: 60 },
          scale.judged,
        ),
      ],
      notes: [
        'both are handed the headers of a request, made beforehand; the budget is about those',
        'by user id is the documented call, which reads the user again; by role spares that statement and knows no change of role since the session was read',
      ],
    }
  },
}
