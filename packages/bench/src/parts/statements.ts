import { CountingDatabase } from '../peers/counting-database.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { openCardea } from '../peers/open-cardea.ts'
import { password } from '../peers/settings.ts'
import type { Row, Verdict } from '../report/part.ts'
import { fixedRow, judge } from '../report/rows.ts'
import { summarize } from '../statistics/summary.ts'
import type { World } from '../world/world.ts'
import { checkSessionAndPermission } from './better-auth-calls.ts'
import { checkCookieAndPermission, checkToken } from './cardea-calls.ts'
import type { Part } from './context.ts'
import { mustBe } from './right.ts'

/** How many statements each flow makes, BEGIN and COMMIT apart. */
export const statements: Part = {
  name: 'statements',
  run: async ({ scale, world }) => {
    const { cardea, betterAuth } = await world()
    const ours = await countCardea(cardea)
    const theirs = await countBetterAuth(betterAuth)
    const row = ([flow, count]: [string, number], library: string): Row => fixedRow(`${library}, ${flow}`, '', count)
    const verdict = (flow: keyof typeof ours, atMost: number): Verdict =>
      judge(`${flow} ≤ ${atMost}`, summarize([ours[flow]]), { atMost }, scale.judged, String)
    return {
      name: 'statements',
      title: 'SQL statements per flow, without BEGIN and COMMIT',
      rows: [
        ...Object.entries(ours).map((entry) => row(entry, 'Cardea')),
        ...Object.entries(theirs).map((entry) => row(entry, 'better-auth')),
      ],
      verdicts: [verdict('request', 1), verdict('request, stateless', 0), verdict('sign-in', 6), verdict('refresh', 3)],
      notes: [
        'the second time that each flow runs: what is loaded once is there',
        'request: session and permission; better-auth by user id, and refreshed by a request once a session is a day old',
      ],
    }
  },
}

async function countCardea({ file, callers, emails }: World['cardea']) {
  let count = 0
  const onStatement = () => {
    count += 1
  }
  const counted = async (flow: () => Promise<void>): Promise<number> => {
    await flow()
    count = 0
    await flow()
    return count
  }
  const auth = openCardea(file, { onStatement })
  const stateless = openCardea(file, { mode: 'stateless', onStatement })
  await Promise.all([auth.ready(), stateless.ready()])
  const input = { email: emails[0] ?? '', password }
  let { refreshToken = '' } = await auth.users.login(input)
  const counts = {
    request: await counted(() => checkCookieAndPermission(auth, callers)(0)),
    'request, stateless': await counted(() => checkToken(stateless, callers)(0)),
    'sign-in': await counted(async () =>
      mustBe((await auth.users.login(input)).user.email === input.email, 'a sign-in'),
    ),
    refresh: await counted(async () => {
      const next = await auth.users.refresh(refreshToken)
      mustBe(next.refreshToken !== undefined && next.refreshToken !== refreshToken, 'a refresh')
      refreshToken = next.refreshToken ?? ''
    }),
  }
  await Promise.all([auth.close(), stateless.close()])
  return counts
}

async function countBetterAuth({ file, callers, scryptEmails }: World['betterAuth']) {
  const database = new CountingDatabase(file)
  let count = 0
  database.onStatement = () => {
    count += 1
  }
  const counted = async (flow: () => Promise<void>): Promise<number> => {
    await flow()
    count = 0
    await flow()
    return count
  }
  const auth = openBetterAuth(file, { database })
  // Every session is old enough to be extended.
  const extending = openBetterAuth(file, { database, updateAge: 0 })
  const body = { email: scryptEmails[0] ?? '', password }
  const headers = new Headers({ cookie: callers[0]?.cookie ?? '' })
  return {
    request: await counted(() => checkSessionAndPermission(auth, callers, 'userId')(0)),
    'sign-in': await counted(async () =>
      mustBe((await auth.api.signInEmail({ body })).user.email === body.email, 'a sign-in'),
    ),
    refresh: await counted(async () => mustBe((await extending.api.getSession({ headers })) !== null, 'a refresh')),
  }
}
