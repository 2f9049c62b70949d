import type { ComparisonOperator, Condition, Scalar } from '@cardea/core'
import { rounds } from '@cardea/storage/testkit'
import fc from 'fast-check'

/** Texts that meet each other under one collation or another: case, accents, widths, wildcards, spaces at the end. */
export const texts = [
  'a',
  'A',
  'ab',
  'aB',
  'a ',
  'a  ',
  ' a',
  'a%',
  'a_b',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '',
  'null',
  '0',
  '1',
  '1e0',
  'ä',
  'á',
  'a\u0301',
  'ss',
  'ß',
  'ﬀ',
  'ff',
  'İ',
  'i',
  'I',
  '\uffff',
  '\u{1f600}',
  '\u{1f600}a',
  '\u{10ffff}',
  'true',
] as const

/** Those of them that a column of Latin-1 can hold. */
export const latinTexts = ['a', 'A', 'a ', 'ä', 'á', 'ss', 'ß', '', '0', 'Z'] as const

export const uuids = [
  '00000000-0000-4000-8000-000000000000',
  'a0000000-0000-4000-8000-00000000000a',
  'ffffffff-ffff-4fff-bfff-ffffffffffff',
] as const

export const integers = [0, 1, -1, 2, 10, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER] as const
export const doubles = [0, 0.1, -0.1, 1, 1.5, 1e300, -1e300, 5e-324] as const

/** What conditions compare with: values of the columns, of other types, and such as no column holds. */
const operands: readonly Scalar[] = [
  null,
  ...texts,
  ...texts,
  ...uuids,
  ...latinTexts,
  ...integers,
  ...doubles,
  2 ** 53,
  -(2 ** 60),
  0.5,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  true,
  false,
  true,
  false,
  uuids[1].toUpperCase(),
  uuids[1].slice(1),
  '\u0000',
  'a\u0000',
  'a\u0000b',
]

/** Random conditions over these fields, whose comparisons are mostly with values of the column's own type. */
export function conditionsOver(pools: Readonly<Record<string, readonly Scalar[]>>): fc.Arbitrary<Condition> {
  const names = Object.keys(pools)
  const field = fc.constantFrom(...names)
  const operandOf = (name: string): fc.Arbitrary<Scalar> =>
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...(pools[name] ?? []), null) },
      { weight: 2, arbitrary: fc.constantFrom(...operands) },
    )
  const op = fc.constantFrom<ComparisonOperator>('eq', 'ne', 'lt', 'lte', 'gt', 'gte')
  const leaf: fc.Arbitrary<Condition> = field.chain((name) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ op, field: fc.constant(name), value: operandOf(name) }) },
      {
        weight: 2,
        arbitrary: fc
          .array(operandOf(name), { maxLength: 4 })
          .map((values): Condition => ({ op: 'in', field: name, values })),
      },
      { weight: 2, arbitrary: operandOf(name).map((value): Condition => ({ op: 'contains', field: name, value })) },
      { weight: 1, arbitrary: fc.constant<Condition>({ op: 'isNull', field: name }) },
    ),
  )
  return fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaf,
      tie('tree').map((condition): Condition => ({ op: 'not', condition })),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('tree'), { maxLength: 3 }))
        .map(([connective, conditions]): Condition => ({ op: connective, conditions })),
    ),
  })).tree
}

/** How many batches are tried: the same ones every time at a developer's desk, more and others elsewhere. */
export const batches = {
  numRuns: rounds({ test: 8, ci: 30, long: 1_500 }),
  ...(process.env['CARDEA_TEST_TIER'] === undefined ? { seed: 20_250_101 } : {}),
}
