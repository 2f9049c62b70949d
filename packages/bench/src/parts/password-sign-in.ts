import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { callRate } from '../measure/calls.ts'
import { type Contender, interleave, roundsOf } from '../measure/interleave.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { openCardea } from '../peers/open-cardea.ts'
import { argon2Cost, password } from '../peers/settings.ts'
import { asPercent, judge, relation, toRows, under } from '../report/rows.ts'
import { median } from '../statistics/summary.ts'
import { turnOf } from '../world/world.ts'
import type { Part } from './context.ts'
import { mustBe } from './right.ts'

const callers = 16

/** What a sign-in costs beyond the hash. */
export const passwordSignIn: Part = {
  name: 'sign-in',
  run: async ({ scale, world }) => {
    const { cardea, betterAuth } = await world()
    const auth = openCardea(cardea.file)
    await auth.ready()
    const scrypt = openBetterAuth(betterAuth.file)
    const argon2 = openBetterAuth(betterAuth.file, { hasher: 'argon2' })
    const phc = await hash(password, argon2Cost)
    const raw = async () => mustBe(await verify(phc, password), 'a hash')
    const ours = async (index: number) => {
      const { user, accessToken } = await auth.users.login({ email: turnOf(cardea.emails, index), password })
      mustBe(user.email === turnOf(cardea.emails, index) && accessToken !== undefined, 'a sign-in')
    }
    const theirs = (peer: typeof scrypt, emails: readonly string[]) => async (index: number) => {
      const { user } = await peer.api.signInEmail({ body: { email: turnOf(emails, index), password } })
      mustBe(user.email === turnOf(emails, index), 'a sign-in')
    }
    await requireRefusals(auth, scrypt, cardea.emails[0] ?? '', betterAuth.scryptEmails[0] ?? '')
    const cores = availableParallelism()
    const atCores = `raw hasher, ${cores} at once`
    const atCallers = `raw hasher, ${callers} at once`
    const contender = (name: string, call: (index: number) => Promise<void>, atOnce: number): Contender => ({
      name,
      turn: () => callRate(call, scale.signIns, atOnce),
    })
    const measured = await interleave(
      [
        contender(atCores, raw, cores),
        contender(atCallers, raw, callers),
        contender('Cardea', ours, callers),
        contender('better-auth, scrypt (its default)', theirs(scrypt, betterAuth.scryptEmails), callers),
        contender('better-auth, the same Argon2id', theirs(argon2, betterAuth.argon2Emails), callers),
      ],
      { rounds: scale.rounds, warmUp: scale.judged },
    )
    await auth.close()
    const best = median(roundsOf(measured, atCores)) > median(roundsOf(measured, atCallers)) ? atCores : atCallers
    return {
      name: 'sign-in',
      title: `Password sign-ins per second in process, ${callers} callers`,
      rows: toRows(measured, '/s', best),
      verdicts: under('signIn', [
        judge(
          `≥ 95 % of the raw hasher (${best})`,
          relation(measured, 'Cardea', best),
          { atLeast: 0.95 },
          scale.judged,
          asPercent,
        ),
      ]),
      notes: [
        `Argon2id with m=${argon2Cost.memoryCost}, t=${argon2Cost.timeCost}, p=${argon2Cost.parallelism}, by @node-rs/argon2, for all but scrypt; the faster raw hasher counts`,
        'Cardea gives a cookie, an access token and a refresh token; better-auth a cookie',
      ],
    }
  },
}

/** Once before measuring: a wrong password is refused by both. */
async function requireRefusals(
  auth: ReturnType<typeof openCardea>,
  peer: ReturnType<typeof openBetterAuth>,
  email: string,
  theirs: string,
): Promise<void> {
  const wrong = `${password}!`
  const outcomes = await Promise.allSettled([
    auth.users.login({ email, password: wrong }),
    peer.api.signInEmail({ body: { email: theirs, password: wrong } }),
  ])
  for (const { status } of outcomes) mustBe(status === 'rejected', 'a wrong password')
}
