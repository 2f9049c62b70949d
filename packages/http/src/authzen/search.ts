import { CardeaError } from '@cardea/core'
import type { readActionSearch, readResourceSearch, readSubjectSearch } from './read-question.js'
import { type ResultsPart, readPart } from './results-page.js'
import type { AuthzenWorld } from './world.js'

/** A part of what a search has found. */
export interface SearchAnswer {
  readonly page: { readonly next_token: string; readonly count: number; readonly total?: number }
  readonly results: readonly object[]
}

/** Who may do something to a resource. */
export async function searchSubjects(
  world: AuthzenWorld,
  { subject, action, resource, context, page }: ReturnType<typeof readSubjectSearch>,
): Promise<SearchAnswer> {
  const part = readPart({ kind: 'subject', subject: { type: subject.type }, action, resource, context }, page)
  const permission = world.permissionOf(action, resource)
  const subjects = world.subjectsOf(subject)
  const object = await world.objectOf(resource, context, { creates: permission.endsWith(':create') })
  const principals = subjects === undefined ? undefined : await world.auth.findCollection(subjects.collection)
  if (subjects === undefined || principals === undefined || object === undefined) return none
  if (!(await labelsOf(world)).includes(permission)) return none
  const found = await world.auth.permissions.whoCan(permission, {
    ...(await world.tenantOf(resource, context)),
    object,
    limit: part.limit,
    ...(part.cursor === undefined ? {} : { cursor: part.cursor }),
  })
  const results: object[] = []
  for (const { principalId } of found.principals) {
    if ((await principals.find(principalId)) === undefined) continue
    const id = subjects.nameOf === undefined ? principalId : await subjects.nameOf(principalId)
    if (id !== null && id !== undefined) results.push({ type: subject.type, id })
  }
  return answerOf(part, results, found.cursor)
}

/** What a subject may do something to. */
export async function searchResources(
  world: AuthzenWorld,
  { subject: asking, action, resource, context, page }: ReturnType<typeof readResourceSearch>,
): Promise<SearchAnswer> {
  const typed = { type: resource.type, properties: resource.properties }
  const part = readPart({ kind: 'resource', subject: asking, action, resource: typed, context }, page)
  const described = world.names.resources.get(resource.type)
  if (described?.search === undefined) {
    throw new CardeaError('invalid_request', 'Resources of this type cannot be searched here.')
  }
  const permission = world.permissionOf(action, resource)
  const subject = await world.subjectOf(asking, resource, context)
  if (subject === undefined || !(await labelsOf(world)).includes(permission)) return none
  const condition = subject.filter(permission)
  if (condition === false) return none
  const found = await described.search({
    condition,
    limit: part.limit,
    token: part.cursor,
    context: context ?? {},
  })
  // A search that does not heed the condition must not tell of what is not allowed.
  const allowed = found.items.filter((row) => subject.canUnchecked(permission, row))
  const results = allowed.map((row) => ({ type: resource.type, id: described.idOf?.(row) ?? idOf(row) }))
  return answerOf(part, results, found.next, found.total)
}

/** What a subject may do to a resource. */
export async function searchActions(
  world: AuthzenWorld,
  { subject: asking, resource, context, page }: ReturnType<typeof readActionSearch>,
): Promise<SearchAnswer> {
  const part = readPart({ kind: 'action', subject: asking, resource, context }, page)
  const subject = await world.subjectOf(asking, resource, context)
  const object = await world.objectOf(resource, context, { creates: false })
  if (subject === undefined || object === undefined) return none
  const prefix = `${world.resourceOf(resource)}:`
  const operations = (await labelsOf(world))
    .filter((label) => label.startsWith(prefix))
    .map((label) => label.slice(prefix.length))
  const named = [...world.names.operations].filter(([, operation]) => operations.includes(operation))
  const renamed = new Set(named.map(([, operation]) => operation))
  const actions = [...named, ...operations.filter((one) => !renamed.has(one)).map((one) => [one, one] as const)]
  const allowed = actions
    .filter(([, operation]) => subject.canUnchecked(`${prefix}${operation}`, object))
    .map(([name]) => name)
    .sort()
  const cursor = part.cursor ?? ''
  const rest = allowed.filter((name) => name > cursor)
  const names = rest.slice(0, part.limit)
  const last = rest.length > names.length ? names.at(-1) : undefined
  const results = names.map((name) => ({ name }))
  return answerOf(part, results, last, allowed.length)
}

/** The permissions that exist. */
const labelsOf = async ({ auth }: AuthzenWorld): Promise<readonly string[]> =>
  (await auth.permissions.catalogue.list()).map(({ label }) => label)

const none: SearchAnswer = { page: { next_token: '', count: 0 }, results: [] }

const answerOf = (
  part: ResultsPart,
  results: readonly object[],
  next: string | null | undefined,
  total?: number,
): SearchAnswer => ({
  page: {
    next_token: next === null || next === undefined || next === '' ? '' : part.next(next),
    count: results.length,
    ...(total === undefined ? {} : { total }),
  },
  results,
})

/** The id of a row that has one, as text. */
function idOf(row: object): string {
  const id: unknown = 'id' in row ? row.id : undefined
  if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') return String(id)
  throw new CardeaError('internal_error', 'A resource was found that has no id; `idOf` may say what it is.')
}
