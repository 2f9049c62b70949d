import { type Contender, interleave, type Measurements, roundsOf } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import type { PartResult, Row, Verdict } from '../report/part.ts'
import { fixedRow, judge, toRow, under } from '../report/rows.ts'
import { summarize } from '../statistics/summary.ts'
import { checkTypes, compilers, createProject } from '../types/check-types.ts'
import { appCode, permissionCode } from '../types/generated-code.ts'
import type { Part } from './context.ts'

type Compiler = keyof typeof compilers
// The keys of an object of ours.
const names = Object.keys(compilers) as readonly Compiler[]

/** What typed permissions cost the compiler. */
export const typeChecks: Part = {
  name: 'types',
  run: async ({ scale }) => {
    const results: Pick<PartResult, 'rows' | 'verdicts'>[] = []
    for (const count of scale.typedPermissions) results.push(await measureCatalogue(count, scale))
    const app = measureApp()
    return {
      name: 'types',
      title: 'Type checks: what permissions cost that are typed by their catalogue',
      rows: [...results.flatMap(({ rows }) => rows), ...app.rows],
      verdicts: [...results.flatMap(({ verdicts }) => verdicts), ...app.verdicts],
      notes: [
        'the same code twice: 20 roles of twelve grants with wildcards, conditions and fields, and 300 questions; once typed by the catalogue, once by text alone',
        'the time is that of the checker, without reading and parsing',
        'an app: createCardea with 10 collections of 10 fields and 200 permissions',
      ],
    }
  },
}

async function measureCatalogue(count: number, scale: Scale): Promise<Pick<PartResult, 'rows' | 'verdicts'>> {
  const typed = createProject(permissionCode(count, true))
  const untyped = createProject(permissionCode(count, false))
  const instantiations = new Map<Compiler, number>()
  try {
    const contenders = names.flatMap((compiler): Contender[] => [
      {
        name: `${compiler}, typed`,
        turn: async () => {
          const check = checkTypes(typed.folder, compiler)
          instantiations.set(compiler, check.instantiations)
          return check.checkSeconds
        },
      },
      { name: `${compiler}, any text`, turn: async () => checkTypes(untyped.folder, compiler).checkSeconds },
    ])
    const measured = await interleave(contenders, { rounds: scale.typeRounds, warmUp: false })
    const rows = contenders.map(({ name }): Row => {
      const row = toRow(measured, name, 's', undefined)
      return { ...row, name: `${count} permissions, ${name}` }
    })
    const counted = names.map((name) =>
      fixedRow(`${count} permissions, ${name}: instantiations`, '', instantiations.get(name) ?? 0),
    )
    return { rows: [...rows, ...counted], verdicts: names.map((name) => judgeCost(count, name, measured, scale)) }
  } finally {
    typed.remove()
    untyped.remove()
  }
}

/** What the types add, round by round. */
function judgeCost(count: number, compiler: Compiler, measured: Measurements, { judged }: Scale): Verdict {
  const without = roundsOf(measured, `${compiler}, any text`)
  const added = roundsOf(measured, `${compiler}, typed`).map((seconds, round) => seconds - (without[round] ?? 0))
  const show = (value: number): string => `${value.toFixed(2)} s`
  return judge(`${count} permissions add ≤ 0.5 s, ${compiler}`, summarize(added), { atMost: 0.5 }, judged, show)
}

/** The most that an app may take; the number is the same on every machine. */
const mostInstantiations = 15_000

function measureApp(): Pick<PartResult, 'rows' | 'verdicts'> {
  const { folder, remove } = createProject(appCode())
  try {
    const counts = names.map((name) => ({ name, count: checkTypes(folder, name).instantiations }))
    return {
      rows: counts.map(({ name, count }) => fixedRow(`an app, ${name}: instantiations`, '', count)),
      verdicts: under(
        'types',
        counts.map(({ name, count }) => {
          const budget = `an app ≤ ${mostInstantiations.toLocaleString('en')} instantiations, ${name}`
          return judge(budget, summarize([count]), { atMost: mostInstantiations }, true, String)
        }),
      ),
    }
  } finally {
    remove()
  }
}
