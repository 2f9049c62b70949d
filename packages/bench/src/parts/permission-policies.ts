import type { Scale } from '../measure/scale.ts'
import { interned } from '../peers/access-roles.ts'
import { cmsPermissions, cmsRoles } from '../peers/cms-roles.ts'
import { createRandom, type Random } from './random.ts'

/** A role as data, with what it has itself. */
export interface TestRole {
  readonly permissions: readonly string[]
  readonly inherits: readonly string[]
}

/** A policy that every engine gets alike. */
export interface TestPolicy {
  /** `small` or `large`. */
  readonly size: string
  readonly title: string
  readonly permissions: readonly string[]
  readonly roles: ReadonlyMap<string, TestRole>
  /** The roles of each user. */
  readonly users: readonly (readonly string[])[]
}

/** The preset of a content management system; each user has one of its roles, the first is an editor. */
export function smallPolicy({ policyUsers }: Scale): TestPolicy {
  const random = createRandom(5)
  const roles = new Map([...cmsRoles].map(([label, permissions]) => [label, { permissions, inherits: [] }]))
  const labels = [...roles.keys()]
  const title = `${roles.size} roles, ${cmsPermissions.length} permissions`
  const users = Array.from({ length: policyUsers }, (_, number) => [number === 0 ? 'editor' : random.member(labels)])
  return { size: 'small', title, permissions: cmsPermissions, roles, users }
}

/**
 * Many roles on three levels: a tenth inherits nothing, the next three tenths two of those, all others two of these. Each
 * gives 20 permissions of its own, each user holds three.
 */
export function largePolicy({ largeRoles, largePermissions, policyUsers }: Scale): TestPolicy {
  const random = createRandom(7)
  // Frozen, as those of a catalogue are.
  const permissions = Object.freeze(Array.from({ length: largePermissions }, (_, number) => labelOf(number)))
  const labels = Array.from({ length: largeRoles }, (_, number) => `role${number}`)
  const levels = [0, Math.floor(largeRoles / 10), Math.floor((largeRoles * 4) / 10), largeRoles]
  const roles = new Map(
    labels.map((label, number): [string, TestRole] => {
      const level = levels.findLastIndex((start) => start <= number)
      const above = level === 0 ? [] : labels.slice(levels[level - 1], levels[level])
      return [label, { permissions: random.members(permissions, 20), inherits: random.members(above, 2) }]
    }),
  )
  const title = `${largeRoles} roles on three levels, ${largePermissions} permissions`
  const users = Array.from({ length: policyUsers }, () => random.members(labels, 3))
  return { size: 'large', title, permissions, roles, users }
}

const operations = ['read', 'create', 'update', 'delete', 'admin']

const labelOf = (number: number): string =>
  `resource${Math.floor(number / operations.length)}:${operations[number % operations.length]}`

/** What roles give together with all that they inherit, each permission once. */
export function permissionsOf(policy: TestPolicy, roles: readonly string[]): readonly string[] {
  const reached = new Set(roles)
  for (const role of reached) for (const parent of policy.roles.get(role)?.inherits ?? []) reached.add(parent)
  return [...new Set([...reached].flatMap((role) => policy.roles.get(role)?.permissions ?? []))]
}

/** What is asked of whom, and what is to be answered. All lists are of one length. */
export interface Questions {
  /** The roles of those who ask. */
  readonly people: readonly (readonly string[])[]
  /** Which of the people asks each question. */
  readonly who: Uint16Array
  readonly labels: readonly string[]
  readonly expected: readonly boolean[]
}

/** About half of the questions are about something that is held; who asks what when follows no rule. */
export function createQuestions(policy: TestPolicy, people: number, count: number): Questions {
  const random = createRandom(11)
  const askers = Array.from(
    { length: people },
    (_, place) => (place === 0 ? policy.users[0] : undefined) ?? random.member(policy.users),
  )
  const held = askers.map((roles) => permissionsOf(policy, roles))
  const sets = held.map((labels) => new Set(labels))
  const who = new Uint16Array(count).map(() => random.below(people))
  const asked = [...who].map((place) => askAbout(random, held[place] ?? [], sets[place], policy.permissions))
  const literals = new Map(policy.permissions.map((label) => [label, interned(label)]))
  return {
    people: askers,
    who,
    labels: asked.map((label) => literals.get(label) ?? ''),
    expected: asked.map((label, index) => sets[who[index] ?? 0]?.has(label) === true),
  }
}

function askAbout(
  random: Random,
  held: readonly string[],
  set: ReadonlySet<string> | undefined,
  all: readonly string[],
) {
  if (random.below(2) === 0) return random.member(held)
  for (let tries = 0; tries < 8; tries += 1) {
    const label = random.member(all)
    if (set?.has(label) !== true) return label
  }
  return random.member(all)
}

/** The same questions by texts that came from elsewhere, such as a database: equal to those in the code, not identical. */
export const fromData = (questions: Questions): Questions => ({
  ...questions,
  labels: questions.labels.map((label) => Buffer.from(label).toString()),
})
