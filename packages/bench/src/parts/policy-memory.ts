import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type CompiledPolicy, compilePolicy, type Subject } from '@cardea/permissions'
import type { Row, Verdict } from '../report/part.ts'
import { fixedRow, judge } from '../report/rows.ts'
import { summarize } from '../statistics/summary.ts'
import { assignmentsOf, snapshotOf } from './permission-engines.ts'
import type { TestPolicy } from './permission-policies.ts'
import type { PolicyDatabase } from './policy-database.ts'
import { mustBe } from './right.ts'

setFlagsFromString('--expose-gc')
// The flag makes the function in contexts that are new.
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes in use, in the heap and in buffers beside it. */
function usedBytes(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** What a node remembers of the principals that it was asked about, and that this has an end. */
export async function measureMemory(
  policy: TestPolicy,
  { ids, openNode }: PolicyDatabase,
  judged: boolean,
): Promise<{ readonly rows: readonly Row[]; readonly verdicts: readonly Verdict[] }> {
  const remembered = Math.floor(ids.length / 10)
  const node = openNode({ maxCachedSubjects: remembered })
  await node.subject(ids[0] ?? '')
  const empty = usedBytes()
  const ask = async (from: number, to: number): Promise<number> => {
    for (const id of ids.slice(from, to)) await node.subject(id)
    return usedBytes() - empty
  }
  // Of twice as many as are kept one generation is full and the other about to be: the most there ever is.
  const full = await ask(1, remembered)
  const later = await ask(remembered, 4 * remembered)
  // The node is still there, so it was measured.
  await node.subject(ids[0] ?? '')
  const sets = measureSets(policy)
  return {
    rows: [
      fixedRow(`${policy.size}, memory per cached principal, with what it holds`, 'bytes', full / remembered),
      fixedRow(`${policy.size}, memory per subject, its set of roles shared`, 'bytes', sets.perSubject),
      fixedRow(`${policy.size}, memory per set of roles`, 'bytes', sets.perSet),
    ],
    verdicts: [
      judge(
        `${policy.size}: no more memory when four times as many ask as are kept`,
        summarize([later / full]),
        { atMost: 1.1 },
        judged,
      ),
    ],
  }
}

const measuredSets = 2_000

function measureSets(policy: TestPolicy): { readonly perSubject: number; readonly perSet: number } {
  const labels = [...policy.roles.keys()]
  // Pairs of roles, each once.
  const pairs = labels
    .flatMap((first, place) => labels.slice(place + 1, place + 12).map((second) => [first, second]))
    .slice(0, measuredSets)
  const same = bytesOf(
    policy,
    pairs.map(() => pairs[0] ?? []),
  )
  const different = bytesOf(policy, pairs)
  return { perSubject: same / pairs.length, perSet: (different - same) / (pairs.length - 1) }
}

/** What the subjects of people with these roles take. */
function bytesOf(policy: TestPolicy, people: readonly (readonly string[])[]): number {
  // Sets of roles are kept with the policy, so each time is another one.
  const compiled = compilePolicy(snapshotOf(policy))
  const before = usedBytes()
  const made = people.map((roles, place) => subjectOf(compiled, place, roles))
  const bytes = usedBytes() - before
  // They are still there, so they were measured.
  mustBe(made.length === people.length, 'subjects')
  return bytes
}

const subjectOf = (compiled: CompiledPolicy, place: number, roles: readonly string[]): Subject =>
  compiled.subject({ id: `user${place}`, assignments: assignmentsOf(roles), now: 0 })
