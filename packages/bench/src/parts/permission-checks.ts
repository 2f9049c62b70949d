import type { Contender } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import type { Row } from '../report/part.ts'
import { summarize } from '../statistics/summary.ts'
import type { Part } from './context.ts'
import { type Contest, holdContest } from './permission-contest.ts'
import {
  betterAuth,
  betterAuthByText,
  cardea,
  casbin,
  casl,
  caslByText,
  compileCachedCasbin,
  type Engine,
  mapGet,
  nothing,
  setHas,
} from './permission-engines.ts'
import {
  createQuestions,
  fromData,
  largePolicy,
  type Questions,
  smallPolicy,
  type TestPolicy,
} from './permission-policies.ts'
import { mustBe } from './right.ts'

const engines: readonly Engine[] = [nothing, setHas, cardea, casl, caslByText, casbin, betterAuth, betterAuthByText]

/** These are asked by texts that code does not name, too. */
const alsoFromData: readonly Engine[] = [setHas, mapGet, cardea]
const byData = (name: string): string => `${name}, by texts from data`

const questionCount = 1_024

/** So few that also casbin has answered each of them once within seconds; all of them are in its cache then. */
const cachedQuestions = 64

const cachedCasbin = 'casbin, cached enforce (asynchronous)'

/** Permission checks on one subject that is at hand, with everything in the processor's nearest memory. */
export const permissionChecks: Part = {
  name: 'can',
  run: async ({ scale }) => {
    const results = [await measurePolicy(smallPolicy(scale), scale), await measurePolicy(largePolicy(scale), scale)]
    return {
      name: 'can',
      title: `Permission checks on one resolved subject, ${questionCount} questions in turn, half of them allowed`,
      rows: results.flatMap(({ rows }) => rows),
      verdicts: results.flatMap(({ verdicts }) => verdicts),
      notes: [
        'each engine is asked in the form it likes best, made beforehand, and CASL and better-auth also by the text that the others get, which they take apart for each question; whoever asks holds one role of the small policy, three of the large one',
        'names are asked for as literals, as code does; by texts from data, they are equal to what the policy has but not identical',
        'the loop is in every number of the table; the budgets are judged without it',
        `casbin’s cache is asked ${cachedQuestions} questions in turn, and has them all`,
        'compile, first: in a process that has compiled nothing of the kind yet, from the policy as data to the first answer; casbin parses text, which is the form it documents',
      ],
    }
  },
}

async function measurePolicy(policy: TestPolicy, scale: Scale): Promise<Contest> {
  const questions = createQuestions(policy, 1, questionCount)
  const compileTimes: Row[] = []
  const checks = new Map<
    string,
    { readonly compiled: Awaited<ReturnType<Engine['compile']>>; readonly questions: Questions }
  >()
  for (const { name, compile } of engines) {
    const start = performance.now()
    const compiled = await compile(policy, questions)
    compiled(0)
    compileTimes.push({ name: `${name}: compile, first`, unit: 'ms', value: summarize([performance.now() - start]) })
    checks.set(name, { compiled, questions })
  }
  const data = fromData(questions)
  for (const { name, compile } of alsoFromData) {
    checks.set(byData(name), { compiled: await compile(policy, data), questions: data })
  }
  const contest = await holdContest(policy, scale, {
    checks: new Map([...checks].map(([name, { compiled }]) => [name, compiled])),
    expected: questions.expected,
    others: [{ name: cachedCasbin, turn: await createCachedTurn(policy, questions) }],
    budgets: [
      { name: 'by literals within 2 × of Set.has', of: cardea.name, to: setHas.name, atMost: 2 },
      { name: 'by texts from data within 2 × of Set.has', of: byData(cardea.name), to: byData(setHas.name), atMost: 2 },
      { name: '≥ 10 × CASL, by the same text', of: caslByText.name, to: cardea.name, atLeast: 10 },
      { name: '≥ 10 × CASL, as it likes best', of: casl.name, to: cardea.name, atLeast: 10 },
      { name: '≥ 20 × better-auth, by the same text', of: betterAuthByText.name, to: cardea.name, atLeast: 20 },
      { name: '≥ 20 × better-auth, as it likes best', of: betterAuth.name, to: cardea.name, atLeast: 20 },
    ],
    leastMillions: 30,
  })
  const compiled = compileTimes.map((row) => ({ ...row, name: `${policy.size}, ${row.name}` }))
  return { rows: [...contest.rows, ...compiled], verdicts: contest.verdicts }
}

async function createCachedTurn(policy: TestPolicy, questions: Questions): Promise<Contender['turn']> {
  const check = await compileCachedCasbin(policy, questions)
  for (let index = 0; index < cachedQuestions; index += 1) {
    mustBe((await check(index)) === questions.expected[index], `casbin, cached, question ${index}`)
  }
  return async () => {
    const start = performance.now()
    for (let index = 0; index < questionCount; index += 1) await check(index % cachedQuestions)
    return ((performance.now() - start) / questionCount) * 1_000_000
  }
}
