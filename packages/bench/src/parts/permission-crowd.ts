import type { Check } from '../measure/checks.ts'
import type { Scale } from '../measure/scale.ts'
import type { Part } from './context.ts'
import { type Contest, holdContest } from './permission-contest.ts'
import {
  betterAuth,
  betterAuthByText,
  cardea,
  casbin,
  casl,
  caslByText,
  type Engine,
  nothing,
  setHas,
} from './permission-engines.ts'
import { createQuestions, largePolicy, smallPolicy, type TestPolicy } from './permission-policies.ts'

const engines: readonly Engine[] = [nothing, setHas, cardea, casl, caslByText, casbin, betterAuth, betterAuthByText]

/** Permission checks on the subjects of many people, who ask as it comes: what an engine needs is rarely near. */
export const permissionCrowd: Part = {
  name: 'can-of-many',
  run: async ({ scale }) => {
    const policies = [smallPolicy(scale), largePolicy(scale)]
    const results: Contest[] = []
    for (const policy of policies) results.push(await measurePolicy(policy, scale))
    return {
      name: 'can-of-many',
      title: `Permission checks on the resolved subjects of ${scale.policyPeople} of ${scale.policyUsers} users, in no order`,
      rows: results.flatMap(({ rows }) => rows),
      verdicts: results.flatMap(({ verdicts }) => verdicts),
      notes: [
        ...policies.map(({ size, title }) => `${size}: ${title}`),
        `${scale.policyQuestions} questions in turn; who asks what follows no rule, half of what is asked is allowed`,
        'Set.has and CASL have a set and an ability for each, which a process would hold for as many people as are at hand',
        'the loop is in every number of the table; the budgets are judged without it',
      ],
    }
  },
}

async function measurePolicy(policy: TestPolicy, scale: Scale): Promise<Contest> {
  const questions = createQuestions(policy, scale.policyPeople, scale.policyQuestions)
  const checks = new Map<string, Check>()
  for (const { name, compile } of engines) checks.set(name, await compile(policy, questions))
  return await holdContest(policy, scale, {
    checks,
    expected: questions.expected,
    budgets: [
      { name: 'within 2 × of Set.has', of: cardea.name, to: setHas.name, atMost: 2 },
      { name: '≥ 10 × CASL, by the same text', of: caslByText.name, to: cardea.name, atLeast: 10 },
      { name: '≥ 10 × CASL, as it likes best', of: casl.name, to: cardea.name, atLeast: 10 },
      { name: '≥ 20 × better-auth, by the same text', of: betterAuthByText.name, to: cardea.name, atLeast: 20 },
      { name: '≥ 20 × better-auth, as it likes best', of: betterAuth.name, to: cardea.name, atLeast: 20 },
    ],
  })
}
