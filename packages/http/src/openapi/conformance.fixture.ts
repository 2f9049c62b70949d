import { Ajv2020 } from 'ajv/dist/2020.js'
import type { AnyCollection, Cardea } from 'cardea'
import { createSessionCookies } from '../credentials/cookies.js'
import type { HttpOptions } from '../options/options.js'
import { servedRoutes } from '../routes/served-routes.js'
import type { OpenApiDocument } from './describe-api.js'
import { describeInstance } from './describe-instance.js'

/** What was asked and answered. */
interface Exchanged {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly type: string
  readonly text: string
}

/** @returns What the document has to say against an answer; undefined for nothing. */
export type CheckAnswer = (exchanged: Exchanged) => string | undefined

const checks = new Map<string, Promise<CheckAnswer>>()

/** Holds answers against the document of an instance. One is made for all instances that serve the same. */
export async function answerCheck(
  { config, users }: Pick<Cardea, 'config' | 'users'>,
  options: HttpOptions,
  collections: readonly AnyCollection[],
): Promise<CheckAnswer> {
  const { basePath, accessTokenAlgorithm, cookieName } = config
  const key = JSON.stringify([
    basePath,
    accessTokenAlgorithm,
    cookieName,
    options.apiReference,
    options.health,
    collections,
  ])
  const known = checks.get(key)
  if (known !== undefined) return await known
  const cookies = createSessionCookies(config)
  // AuthZEN answers as its own specification says.
  const served = servedRoutes({ config, options }).filter(({ contract }) => contract.mount !== 'site')
  const made = describeInstance({ config, served, cookies }, [users.collection, ...collections]).then((document) =>
    checkAgainst(document, basePath),
  )
  checks.set(key, made)
  return await made
}

/** @returns An answer, if it is what the document says. @throws Error for another. */
export function asDescribed<Answer extends Pick<Exchanged, 'status' | 'text'> & { readonly headers: Headers }>(
  check: CheckAnswer,
  method: string,
  path: string,
  answer: Answer,
): Answer {
  const { status, headers, text } = answer
  const lie = check({ method, path, status, type: headers.get('content-type') ?? '', text })
  if (lie !== undefined) throw new Error(`Not as described. ${lie}`)
  return answer
}

const formats = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  email: /^\S+@\S+$/,
  uri: /^[a-z][a-z0-9+.-]*:/,
  password: true,
} as const

/** A validator that knows the whole document, so that each part of it can be asked for by its place. */
export function createValidator(document: object): Ajv2020 {
  const validator = new Ajv2020({ allErrors: true, strict: false, formats })
  validator.addSchema({ ...document, $id: 'document' })
  return validator
}

function checkAgainst(document: OpenApiDocument, basePath: string): CheckAnswer {
  const validator = createValidator(document)
  const paths = Object.keys(document.paths)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
    // Names before parameters.
    .sort((one, other) => one.path.split('{').length - other.path.split('{').length)
  const findPath = (pathname: string, id: string | null): string | undefined => {
    const canonical = pathname.replace(/(?<=.)\/$/, '')
    const wanted = id === null ? canonical : `${canonical}/${encodeURIComponent(id)}`
    const below = wanted.startsWith(`${basePath}/`) ? wanted.slice(basePath.length) : wanted
    return [wanted, below].flatMap((each) => paths.filter(({ pattern }) => pattern.test(each)))[0]?.path
  }

  return ({ method, path, status, type, text }) => {
    if (method === 'OPTIONS') return undefined
    const url = new URL(path, 'https://any.test')
    const found = findPath(url.pathname, url.searchParams.get('q')) ?? findPath(url.pathname, null)
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
    const operation = found === undefined ? undefined : document.paths[found]?.[verb]
    // Paths that nobody serves, and collections that were made at run time.
    if (found === undefined || operation === undefined) return undefined
    const where = `${method} ${found} ${status}`
    const response = operation.responses[String(status)]
    if (response === undefined) return `${where}: the document does not say so: ${text}`
    const place = ['paths', found, verb, 'responses', String(status)]
    const [resolved, pointer] =
      '$ref' in response
        ? [document.components.responses[response.$ref.replace(/^.*\//, '')], response.$ref.slice(2).split('/')]
        : [response, place]
    const [media] = type.split(';')
    if (text === '') return resolved?.content === undefined || method === 'HEAD' ? undefined : `${where}: has no body`
    if (resolved?.content?.[media ?? ''] === undefined) return `${where}: the document knows of no ${type}`
    const schema = [...pointer, 'content', media ?? '', 'schema'].map(escapePointer).join('/')
    const validate = validator.getSchema(`document#/${schema}`)
    const isRight = validate?.(/[/+]json$/.test(media ?? '') ? JSON.parse(text) : text)
    return isRight === true ? undefined : `${where}: ${validator.errorsText(validate?.errors)}: ${text}`
  }
}

/** @see RFC 6901 §3, §6 */
export const escapePointer = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
