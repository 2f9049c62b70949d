import { type Check, createCheckTurn } from '../measure/checks.ts'
import { type Contender, interleave, type Measurements, roundsOf } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import type { PartResult, Verdict } from '../report/part.ts'
import { format, judge, toRow, under } from '../report/rows.ts'
import { ratios, type Summary, summarize } from '../statistics/summary.ts'
import { cardea, nothing } from './permission-engines.ts'
import type { TestPolicy } from './permission-policies.ts'

/** How many times as long one takes as another, without the loop. */
interface Budget {
  readonly name: string
  readonly of: string
  readonly to: string
  readonly atLeast?: number
  readonly atMost?: number
}

export interface ContestSetup {
  /** The engines that answer at once, by name; all of them are asked the same. */
  readonly checks: ReadonlyMap<string, Check>
  readonly expected: readonly boolean[]
  readonly others?: readonly Contender[]
  readonly budgets: readonly Budget[]
  /** How many million checks a second Cardea is to make, the loop included. */
  readonly leastMillions?: number
}

export type Contest = Pick<PartResult, 'rows' | 'verdicts'>

/** Measures engines beside each other. */
export async function holdContest(policy: TestPolicy, scale: Scale, setup: ContestSetup): Promise<Contest> {
  const contenders = [
    ...[...setup.checks].map(
      ([name, check]): Contender => ({ name, turn: createCheckTurn(check, setup.expected, scale.turnMilliseconds) }),
    ),
    ...(setup.others ?? []),
  ]
  const measured = await interleave(contenders, { rounds: scale.rounds, warmUp: scale.judged })
  const rows = contenders.map(({ name }) => toRow(measured, name, 'ns', cardea.name))
  return {
    rows: rows.map((row) => ({ ...row, name: `${policy.size}, ${row.name}` })),
    verdicts: verdictsOf(policy, measured, scale, setup),
  }
}

/** On a busy machine the loop alone can seem slower than with something in it; less than this cannot be told apart. */
const leastNanoseconds = 0.5

function verdictsOf({ size }: TestPolicy, measured: Measurements, scale: Scale, setup: ContestSetup): Verdict[] {
  const loop = roundsOf(measured, nothing.name)
  const net = (name: string): readonly number[] =>
    roundsOf(measured, name).map((value, round) => Math.max(leastNanoseconds, value - (loop[round] ?? 0)))
  const compared = ({ of, to }: Budget): Summary => summarize(ratios(net(of), net(to)))
  const verdicts = setup.budgets.map((budget) =>
    judge(`${size}: ${budget.name}`, compared(budget), budget, scale.judged),
  )
  if (setup.leastMillions === undefined) return [...under('permission', verdicts)]
  const rates = summarize(roundsOf(measured, cardea.name).map((nanoseconds) => 1_000 / nanoseconds))
  const budget = `${size}: ≥ ${setup.leastMillions} M checks a second`
  return [
    ...under('permission', verdicts),
    judge(budget, rates, { atLeast: setup.leastMillions }, scale.judged, asMillions),
  ]
}

export const asMillions = (value: number): string => `${format(value)} M/s`
