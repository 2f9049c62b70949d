import type { Question, Semantic } from './read-question.js'
import type { AuthzenWorld } from './world.js'

/** The answer to a question. */
export interface Decision {
  readonly decision: boolean
  readonly context?: Readonly<Record<string, unknown>>
}

/** Decides one question. A storage that is away, or a loader that fails, answers the whole request with an error. */
export async function evaluate(world: AuthzenWorld, question: Question): Promise<Decision> {
  const { action, resource, context } = question
  const permission = world.permissionOf(action, resource)
  const subject = await world.subjectOf(question.subject, resource, context)
  if (subject === undefined) return notFound('There is no such subject.')
  const object = await world.objectOf(resource, context, { creates: permission.endsWith(':create') })
  if (object === undefined) return notFound('There is no such resource.')
  if (subject.canUnchecked(permission, object)) return { decision: true }
  return { decision: false, context: { reason: `The subject does not have ${permission} for this resource.` } }
}

/** Decides several, in their order, as far as it takes to know what was asked (section 7.1.2.1). */
export async function evaluateAll(
  world: AuthzenWorld,
  questions: readonly Question[],
  semantic: Semantic,
): Promise<readonly Decision[]> {
  const decisions: Decision[] = []
  for (const question of questions) {
    const decided = await evaluate(world, question)
    decisions.push(decided)
    if (semantic === 'deny_on_first_deny' && !decided.decision) break
    if (semantic === 'permit_on_first_permit' && decided.decision) break
  }
  return decisions
}

const notFound = (message: string): Decision => ({ decision: false, context: { error: { status: 404, message } } })
