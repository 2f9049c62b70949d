import { questionCount } from '../measure/checks.ts'
import { cmsPermissions, cmsRoles } from '../peers/cms-roles.ts'

/** A policy that every engine gets alike, and somebody who asks. */
export interface TestPolicy {
  readonly name: string
  readonly permissions: readonly string[]
  readonly roles: ReadonlyMap<string, readonly string[]>
  /** The roles of whoever asks. */
  readonly heldRoles: readonly string[]
}

/** What is asked, and what is to be answered. */
export interface Questions {
  readonly labels: readonly string[]
  readonly expected: readonly boolean[]
}

/** The preset of a content management system; the editor asks. */
export const smallPolicy: TestPolicy = {
  name: `small: ${cmsRoles.size} roles, ${cmsPermissions.length} permissions`,
  permissions: cmsPermissions,
  roles: cmsRoles,
  heldRoles: ['editor'],
}

/** Many roles that give 50 permissions each; whoever asks holds ten of them. */
export function largePolicy(roleCount: number, permissionCount: number): TestPolicy {
  const random = createRandom(7)
  const operations = ['read', 'create', 'update', 'delete', 'admin']
  const permissions = Array.from(
    { length: permissionCount },
    (_, number) => `resource${Math.floor(number / operations.length)}:${operations[number % operations.length]}`,
  )
  const roles = new Map(
    Array.from({ length: roleCount }, (_, number): [string, readonly string[]] => [
      `role${number}`,
      [...new Set(Array.from({ length: 50 }, () => permissions[Math.floor(random() * permissionCount)] ?? ''))],
    ]),
  )
  const heldRoles = Array.from({ length: 10 }, (_, number) => `role${number * Math.floor(roleCount / 10)}`)
  return { name: `large: ${roleCount} roles, ${permissionCount} permissions`, permissions, roles, heldRoles }
}

/** What whoever asks may do. */
export const heldPermissions = ({ roles, heldRoles }: TestPolicy): ReadonlySet<string> =>
  new Set(heldRoles.flatMap((role) => roles.get(role) ?? []))

/** Half of the questions are about something that is held; which comes when follows no rule. */
export function createQuestions(policy: TestPolicy): Questions {
  const random = createRandom(11)
  const held = heldPermissions(policy)
  const yes = policy.permissions.filter((label) => held.has(label))
  const no = policy.permissions.filter((label) => !held.has(label))
  const labels = Array.from({ length: questionCount }, () => {
    const from = random() < 0.5 ? yes : no
    return from[Math.floor(random() * from.length)] ?? ''
  })
  return { labels, expected: labels.map((label) => held.has(label)) }
}

/** The same numbers in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
