import { CardeaError } from '@cardea/core'
import { validate } from '@cardea/core/options'
import * as z from 'zod/mini'

const properties = z.record(z.string(), z.unknown())
const text = z.string().check(z.minLength(1), z.maxLength(1_024))
// What else stands in them is ignored, so that newer clients can talk to older servers (section 10.1.1).
const subject = z.looseObject({ type: text, id: text, properties: z.optional(properties) })
const resource = subject
const action = z.looseObject({ name: text, properties: z.optional(properties) })
const typed = z.looseObject({ type: text, properties: z.optional(properties) })
const context = z.optional(properties)

/** As many questions as one request may hold: each may load something. */
const mostQuestions = 100

/** As many results as one answer holds, and as many as it may be asked for. */
export const usualResults = 100
export const mostResults = 1_000

const page = z.optional(
  z.looseObject({
    token: z.optional(z.string().check(z.maxLength(8_192))),
    limit: z.optional(z.int().check(z.minimum(1))),
  }),
)

const question = z.looseObject({ subject, action, resource, context })
const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const
const questions = z.looseObject({
  evaluations: z.optional(
    z.array(properties).check(z.maxLength(mostQuestions, { message: `must be at most ${mostQuestions} questions` })),
  ),
  options: z.optional(z.looseObject({ evaluations_semantic: z.optional(z.enum(semantics)) })),
})
const subjectSearch = z.looseObject({ subject: typed, action, resource, context, page })
const resourceSearch = z.looseObject({ subject, action, resource: typed, context, page })
const actionSearch = z.looseObject({ subject, resource, context, page })

/** A thing or somebody, by type and id. */
export type Entity = z.infer<typeof subject>
/** Whether a subject may do something to a resource. */
export type Question = z.infer<typeof question>
export type Semantic = (typeof semantics)[number]
/** Which part of the results is wanted. */
export type Page = z.infer<typeof page>

export const readQuestion = (body: unknown): Question => read(question, body)
export const readSubjectSearch = (body: unknown) => read(subjectSearch, body)
export const readResourceSearch = (body: unknown) => read(resourceSearch, body)
export const readActionSearch = (body: unknown) => read(actionSearch, body)

/** Several questions with what they have in common, or a single one. */
export type Questions =
  | { readonly kind: 'one'; readonly question: Question }
  | { readonly kind: 'several'; readonly questions: readonly Question[]; readonly semantic: Semantic }

export function readQuestions(body: Readonly<Record<string, unknown>>): Questions {
  const { evaluations = [], options } = read(questions, body)
  if (evaluations.length === 0) return { kind: 'one', question: readQuestion(body) }
  const { subject, action, resource, context } = body
  const shared = { subject, action, resource, context }
  return {
    kind: 'several',
    questions: evaluations.map((one, index) => read(question, { ...shared, ...one }, `evaluations.${index}.`)),
    semantic: options?.evaluations_semantic ?? 'execute_all',
  }
}

/** @throws CardeaError `invalid_request` as 400, which is what the specification has for a body that is not right. */
function read<Output>(schema: z.core.$ZodType<Output>, body: unknown, place = ''): Output {
  const result = validate(schema, body)
  if (result.valid) return result.value
  const wrong = result.issues.slice(0, 10).map(({ path, message }) => `${place}${path} ${message}`)
  throw new CardeaError('invalid_request', `The question is not right: ${wrong.join('; ')}.`)
}
