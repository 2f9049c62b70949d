import { setTimeout as wait } from 'node:timers/promises'
import { CountingDatabase } from '../peers/counting-database.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { openCardea } from '../peers/open-cardea.ts'
import { held, password, userEmail } from '../peers/settings.ts'
import type { Row, Verdict } from '../report/part.ts'
import { fixedRow, judge, under } from '../report/rows.ts'
import { summarize } from '../statistics/summary.ts'
import type { World } from '../world/world.ts'
import { checkSessionAndPermission } from './better-auth-calls.ts'
import { checkCookieAndPermission, checkToken } from './cardea-calls.ts'
import type { Part } from './context.ts'
import { mustBe } from './right.ts'

/** After so long, nothing goes on any more that an earlier flow has begun. */
const settleMilliseconds = 200

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
      verdicts: under('statements', [
        verdict('request', 1),
        verdict('request, access token', 1),
        verdict('request, stateless', 0),
        verdict('request, API key', 1),
        verdict('sign-in', 6),
        verdict('refresh', 3),
        verdict('reset confirm', 5),
      ]),
      notes: [
        'the second time that each flow runs: what is loaded once is there',
        'where nothing has been committed since, SQLite tells so in place of the read: that counts as the statement that it spares',
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
  const mails: string[] = []
  const auth = openCardea(file, { onStatement, onMail: (body) => void mails.push(body) })
  const stateless = openCardea(file, { mode: 'stateless', onStatement })
  await Promise.all([auth.ready(), stateless.ready()])
  const input = { email: emails[0] ?? '', password }
  let { refreshToken = '' } = await auth.users.login(input)
  const ownerId = callers[1]?.userId ?? ''
  const apiKey = (await auth.apiKeys.create({ principalId: ownerId })).key
  const tokenFor = async (email: string): Promise<string> => {
    mails.length = 0
    await auth.users.requestPasswordReset(email)
    // Other notices may come first.
    for (;;) {
      const token = mails.map((text) => /#token=(\S+)/.exec(text)?.[1]).find((found) => found !== undefined)
      if (token !== undefined) return token
      await auth.jobs.run()
    }
  }
  // Nobody else signs in as this one. The first reset shows that the address is its own, which later ones need not.
  const forgetful = userEmail(50)
  const reset = async (): Promise<void> => {
    const token = await tokenFor(forgetful)
    // What sends the mail goes on behind the answer's back.
    await auth.jobs.run()
    await wait(settleMilliseconds)
    count = 0
    await auth.users.confirmPasswordReset(token, `${password}, again`)
  }
  const counts = {
    request: await counted(() => checkCookieAndPermission(auth, callers)(0)),
    'request, access token': await counted(() => checkToken(auth, callers)(0)),
    'request, API key': await counted(async () => {
      const found = await auth.verify({ bearerToken: apiKey, ip: null }, { collections: ['users'] })
      mustBe(found.authenticated && found.authentication.principalId === ownerId, 'whose key')
      if (!found.authenticated) return
      mustBe((await auth.permissions.subject(found.authentication)).can(held), 'a permission that is held')
    }),
    'request, stateless': await counted(() => checkToken(stateless, callers)(0)),
    'sign-in': await counted(async () =>
      mustBe((await auth.users.login(input)).user.email === input.email, 'a sign-in'),
    ),
    refresh: await counted(async () => {
      const next = await auth.users.refresh(refreshToken)
      mustBe(next.refreshToken !== undefined && next.refreshToken !== refreshToken, 'a refresh')
      refreshToken = next.refreshToken ?? ''
    }),
    'reset confirm': await counted(reset),
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
