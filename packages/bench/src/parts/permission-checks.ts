import { createCheckTurn, questionCount } from '../measure/checks.ts'
import { type Contender, interleave, type Measurements, roundsOf } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import type { PartResult, Row } from '../report/part.ts'
import { judge, toRow } from '../report/rows.ts'
import { ratios, summarize } from '../statistics/summary.ts'
import type { Part } from './context.ts'
import {
  betterAuth,
  cardea,
  casbin,
  casl,
  compileCachedCasbin,
  type Engine,
  nothing,
  setHas,
} from './permission-engines.ts'
import { createQuestions, largePolicy, type Questions, smallPolicy, type TestPolicy } from './permission-policies.ts'
import { mustBe } from './right.ts'

const engines: readonly Engine[] = [nothing, setHas, cardea, casl, casbin, betterAuth]

/** So few that also casbin has answered each of them once within seconds; all of them are in its cache then. */
const cachedQuestions = 64

const cachedCasbin = 'casbin, cached enforce (asynchronous)'

/** Permission checks on a subject that is at hand. */
export const permissionChecks: Part = {
  name: 'can',
  run: async ({ scale }) => {
    const small = await measurePolicy(smallPolicy, scale)
    const large = await measurePolicy(largePolicy(scale.largeRoles, scale.largePermissions), scale)
    return {
      name: 'can',
      title: `Permission checks on a resolved subject, ${questionCount} questions in turn, half of them allowed`,
      rows: [...small.rows, ...large.rows],
      verdicts: [...small.verdicts, ...large.verdicts],
      notes: [
        'each engine is asked in the form it likes best, made beforehand; whoever asks holds one role of the small policy, ten of the large one',
        'the loop is in every number of the table; the budgets are judged without it',
        `casbin’s cache is asked ${cachedQuestions} questions in turn, and has them all`,
        'compile: from the policy as data to the first answer; casbin parses text, which is the form it documents',
      ],
    }
  },
}

async function measurePolicy(policy: TestPolicy, scale: Scale): Promise<Pick<PartResult, 'rows' | 'verdicts'>> {
  const questions = createQuestions(policy)
  const compileTimes = new Map<string, number>()
  const contenders: Contender[] = []
  for (const { name, compile } of engines) {
    const start = performance.now()
    const check = await compile(policy, questions.labels)
    check(0)
    compileTimes.set(name, performance.now() - start)
    contenders.push({ name, turn: createCheckTurn(check, questions.expected, scale.turnMilliseconds) })
  }
  contenders.push({ name: cachedCasbin, turn: await createCachedTurn(policy, questions) })
  const measured = await interleave(contenders, { rounds: scale.rounds, warmUp: scale.judged })
  const rows = contenders.map(({ name }) => labelled(policy, toRow(measured, name, 'ns', cardea.name)))
  const compiled = engines.map(({ name }) => labelled(policy, compileRow(name, compileTimes.get(name) ?? 0)))
  return { rows: [...rows, ...compiled], verdicts: verdictsOf(policy, measured, scale) }
}

/** On a busy machine the loop alone can seem slower than with something in it; less than this cannot be told apart. */
const leastNanoseconds = 0.5

function verdictsOf(policy: TestPolicy, measured: Measurements, scale: Scale): PartResult['verdicts'] {
  const loop = roundsOf(measured, nothing.name)
  const net = (name: string) =>
    roundsOf(measured, name).map((value, round) => Math.max(leastNanoseconds, value - (loop[round] ?? 0)))
  const of = (name: string, to: string) => summarize(ratios(net(name), net(to)))
  const size = policy.name.split(':', 1)[0]
  return [
    judge(`${size}: within 2 × of Set.has`, of(cardea.name, setHas.name), { atMost: 2 }, scale.judged),
    judge(`${size}: ≥ 10 × CASL`, of(casl.name, cardea.name), { atLeast: 10 }, scale.judged),
    judge(`${size}: ≥ 20 × better-auth`, of(betterAuth.name, cardea.name), { atLeast: 20 }, scale.judged),
  ]
}

async function createCachedTurn(policy: TestPolicy, { labels, expected }: Questions): Promise<() => Promise<number>> {
  const check = await compileCachedCasbin(policy, labels)
  for (let index = 0; index < cachedQuestions; index += 1) {
    mustBe((await check(index)) === expected[index], `casbin, cached, question ${index}`)
  }
  return async () => {
    const start = performance.now()
    for (let index = 0; index < questionCount; index += 1) await check(index % cachedQuestions)
    return ((performance.now() - start) / questionCount) * 1_000_000
  }
}

const compileRow = (name: string, milliseconds: number): Row => ({
  name: `${name}: compile`,
  unit: 'ms',
  value: summarize([milliseconds]),
})

const labelled = ({ name: policy }: TestPolicy, row: Row): Row => ({
  ...row,
  name: `${policy.split(':', 1)[0]}, ${row.name}`,
})
