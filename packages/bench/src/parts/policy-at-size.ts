import { compilePolicy, own } from '@cardea/permissions'
import { type Contender, interleave, type Measurements, roundsOf } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import type { Row, Verdict } from '../report/part.ts'
import { fixedRow, judge, toRow } from '../report/rows.ts'
import { summarize } from '../statistics/summary.ts'
import type { Part } from './context.ts'
import { asMillions } from './permission-contest.ts'
import { assignmentsOf, snapshotOf } from './permission-engines.ts'
import { createQuestions, largePolicy, type TestPolicy } from './permission-policies.ts'
import { createPolicyDatabase, type PolicyDatabase } from './policy-database.ts'
import { measureMemory } from './policy-memory.ts'
import { createRandom } from './random.ts'
import { mustBe } from './right.ts'

const fullPath = 'subject by versions, then can'
const condition = 'can, ownership condition'
const filter = 'filter, ownership condition'
const ofMany = (name: string): string => `${name}, of many`
const compile = 'compile, to the first answer'
const edit = 'role edit: the next request of another node'

/** What else a large policy costs: finding whose subject it is, conditions, a change, and memory. */
export const policyAtSize: Part = {
  name: 'policy',
  run: async ({ scale }) => {
    const policy = largePolicy(scale)
    const database = await createPolicyDatabase(policy)
    const measured = await interleave(
      [
        await createFullPath(fullPath, 1, policy, database, scale),
        await createFullPath(ofMany(fullPath), knownPeople(scale), policy, database, scale),
        ...createConditions([condition, filter], 1, policy, scale),
        ...createConditions([ofMany(condition), ofMany(filter)], scale.policyPeople, policy, scale),
        createCompile(policy),
        await createEdit(policy, database),
      ],
      { rounds: scale.rounds, warmUp: scale.judged },
    )
    const first = await measureFirst(database, scale)
    const memory = await measureMemory(policy, database, scale.judged)
    await database.close()
    return {
      name: 'policy',
      title: `A policy of ${policy.title}, ${policy.users.length} users`,
      rows: [
        ...[fullPath, condition, filter]
          .flatMap((name) => [name, ofMany(name)])
          .map((name) => toRow(measured, name, 'ns', undefined)),
        ...[compile, edit].map((name) => toRow(measured, name, 'ms', undefined)),
        ...first,
        ...memory.rows,
      ],
      verdicts: [
        ...[fullPath, ofMany(fullPath)].map((name) => judgeRate(measured, name, 4, scale)),
        ...[condition, ofMany(condition)].map((name) => judgeRate(measured, name, 12, scale)),
        judge('compile ≤ 4 ms', summarize(roundsOf(measured, compile)), { atMost: 4 }, scale.judged, asMilliseconds),
        ...memory.verdicts,
      ],
      notes: [
        `${fullPath}: as a request has them from the one statement that finds its session; awaited; of many: of ${knownPeople(scale)} principals that are remembered, in no order, and conditions of ${scale.policyPeople}`,
        `${edit}: it adds one permission to a role in SQLite; then the version is another, the changed role is read, the policy compiled and the principal’s subject made`,
      ],
    }
  },
}

const asMilliseconds = (value: number): string => `${value.toFixed(2)} ms`

function judgeRate(measured: Measurements, name: string, atLeast: number, { judged }: Scale): Verdict {
  const rates = summarize(roundsOf(measured, name).map((nanoseconds) => 1_000 / nanoseconds))
  return judge(`${name} ≥ ${atLeast} M/s`, rates, { atLeast }, judged, asMillions)
}

/** Fewer than a node keeps for certain. */
const knownPeople = ({ policyPeople }: Scale): number => 4 * policyPeople

/** Builds a turn of what each request does: whose subject is it, is it still right, may they? Nanoseconds each. */
async function createFullPath(
  name: string,
  count: number,
  policy: TestPolicy,
  database: PolicyDatabase,
  scale: Scale,
): Promise<Contender> {
  const { people, who, labels, expected } = createQuestions(policy, count, scale.policyQuestions)
  const numbers = new Map(policy.users.map((roles, number) => [roles, number]))
  const ids = people.map((roles) => database.ids[numbers.get(roles) ?? -1] ?? '')
  const node = database.openNode()
  // Nobody has changed anything since the database was filled.
  const seen = { authzVersion: 0, policyVersion: await database.policyVersion() }
  for (const id of ids) await node.subject(id, seen)
  mustBe((await database.countStatements(() => node.subject(ids[0] ?? '', seen))) === 0, 'a subject that is known')
  return {
    name,
    turn: async () => {
      const start = performance.now()
      for (let index = 0; index < labels.length; index += 1) {
        const me = await node.subject(ids[who[index] ?? 0] ?? '', seen)
        if (me.can(labels[index] ?? '') !== expected[index]) throw new Error(`a wrong answer to question ${index}`)
      }
      return ((performance.now() - start) / labels.length) * 1_000_000
    },
  }
}

/** Builds turns over rows of which some belong to whoever asks; a role lets its holders change their own. Nanoseconds each. */
function createConditions(
  [condition, filter]: readonly [string, string],
  count: number,
  policy: TestPolicy,
  scale: Scale,
): readonly Contender[] {
  const random = createRandom(13)
  const { permissions, roles } = snapshotOf(policy)
  const rights = permissions.filter((_, number) => number % 5 === 2)
  const author = {
    id: 'author',
    label: 'author',
    bypass: false,
    parents: [],
    grants: rights.map((permission) => ({
      permission,
      effect: 'allow' as const,
      condition: own('author_id'),
      fields: null,
    })),
  }
  const compiled = compilePolicy({ permissions, roles: [...roles, author] })
  const subjects = Array.from({ length: count }, (_, place) =>
    compiled.subject({ id: `user${place}`, assignments: assignmentsOf(['author']), now: 0 }),
  )
  const asked = Array.from({ length: scale.policyQuestions }, () => {
    const place = random.below(subjects.length)
    const mine = random.below(2) === 0
    const row = { id: random.below(1_000), title: 'A title', author_id: mine ? `user${place}` : 'somebody' }
    return { place, mine, row, permission: random.member(rights) }
  })
  const each = async (answer: (index: number) => boolean): Promise<number> => {
    const start = performance.now()
    for (let index = 0; index < asked.length; index += 1) {
      if (!answer(index)) throw new Error(`a wrong answer to question ${index}`)
    }
    return ((performance.now() - start) / asked.length) * 1_000_000
  }
  const askCan = (index: number): boolean => {
    const question = asked[index]
    if (question === undefined) return false
    return subjects[question.place]?.can(question.permission, question.row) === question.mine
  }
  const askFilter = (index: number): boolean => {
    const question = asked[index]
    return question !== undefined && typeof subjects[question.place]?.filter(question.permission) === 'object'
  }
  return [
    { name: condition, turn: () => each(askCan) },
    { name: filter, turn: () => each(askFilter) },
  ]
}

/** Builds a turn that compiles the policy once. Milliseconds. */
function createCompile(policy: TestPolicy): Contender {
  const snapshot = snapshotOf(policy)
  const assignments = assignmentsOf(policy.users[0] ?? [])
  return {
    name: compile,
    turn: async (counts) => {
      // As warm as it gets: an app compiles when it starts and after each change.
      for (let times = counts ? 0 : 50; times > 0; times -= 1) compilePolicy(snapshot)
      const start = performance.now()
      const subject = compilePolicy(snapshot).subject({ id: 'somebody', assignments, now: 0 })
      subject.can(snapshot.permissions[0] ?? '')
      return performance.now() - start
    },
  }
}

/** Builds a turn that changes a role at one node and asks at another. Milliseconds, without the change. */
async function createEdit(policy: TestPolicy, database: PolicyDatabase): Promise<Contender> {
  const writer = database.openNode()
  const reader = database.openNode()
  const [role = ''] = policy.users[0] ?? []
  const id = database.ids[0] ?? ''
  const held = new Set(policy.roles.get(role)?.permissions)
  const candidates = policy.permissions.filter((label) => !held.has(label))
  await reader.subject(id)
  let next = 0
  return {
    name: edit,
    turn: async () => {
      const permission = candidates[next] ?? ''
      next += 1
      await writer.grant(role, permission)
      const seen = { authzVersion: 0, policyVersion: await database.policyVersion() }
      const start = performance.now()
      const subject = await reader.subject(id, seen)
      const elapsed = performance.now() - start
      mustBe(subject.can(permission), 'a permission that was just given')
      return elapsed
    },
  }
}

/** What is read where nothing is known: the whole policy at the first request of a node, a principal at its own first. */
async function measureFirst({ ids, openNode, countStatements }: PolicyDatabase, scale: Scale): Promise<readonly Row[]> {
  const node = openNode()
  const start = performance.now()
  const whole = await countStatements(() => node.subject(ids[0] ?? ''))
  const first = performance.now() - start
  const others = ids.slice(1, 1 + scale.policyPeople)
  const startOthers = performance.now()
  const each =
    (await countStatements(async () => {
      for (const id of others) await node.subject(id)
    })) / others.length
  return [
    fixedRow('first request of a node', 'ms', first),
    fixedRow('first request of a node: statements', '', whole),
    fixedRow('first request of a principal', 'µs', ((performance.now() - startOthers) / others.length) * 1_000),
    fixedRow('first request of a principal: statements', '', each),
  ]
}
