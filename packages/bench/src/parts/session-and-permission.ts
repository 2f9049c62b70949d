import { createCallers } from '../measure/calls.ts'
import { interleave } from '../measure/interleave.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { openCardea } from '../peers/open-cardea.ts'
import { judge, processorRows, relation, toRows, under } from '../report/rows.ts'
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
    const { contenders, processorTime } = createCallers(
      {
        [ours]: guardByHeaders(auth, cardea.callers),
        [fromToken]: checkCookieAndPermission(auth, cardea.callers),
        [documented]: checkSessionAndPermission(peer, betterAuth.callers, 'userId'),
        [byRole]: checkSessionAndPermission(peer, betterAuth.callers, 'role'),
      },
      scale.turnMilliseconds,
    )
    const measured = await interleave(contenders, { rounds: scale.rounds, warmUp: scale.judged })
    await auth.close()
    return {
      name: 'permission-of-session',
      title: 'Session and permission check in process, one after the other',
      rows: [...toRows(measured, 'µs', ours), ...processorRows(processorTime, ours)],
      verdicts: under('session', [
        judge(
          '≥ 60 × better-auth’s getSession + userHasPermission',
          relation(measured, documented, ours),
          { atLeast: 60 },
          scale.judged,
        ),
      ]),
      notes: [
        'both are handed the headers of a request, made beforehand; the budget is about those',
        'processor time adds up all threads, and moves less with what else the machine does',
        'by user id is the documented call, which reads the user again; by role spares that statement and knows no change of role since the session was read',
      ],
    }
  },
}
