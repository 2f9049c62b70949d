import type { Logger } from 'cardea'
import type { RouteContract } from '../contract/route.js'
import { describeProblem, problemHeaders } from '../problem/problem.js'
import { reportProblem } from '../problem/report.js'

/** Names and values of headers. A name may come more than once. */
export type HeaderList = readonly (readonly [string, string])[]

/** Something long, which is sent as it is read. */
export interface AnswerStream {
  readonly type: string
  readonly body: ReadableStream<Uint8Array>
}

/** An answer before it becomes a `Response`. */
export interface Answer {
  readonly status: number
  readonly headers: HeaderList
  /** Absent when there is nothing to say. */
  readonly content?: {
    readonly type: 'application/json' | 'application/problem+json' | NonNullable<RouteContract['answerType']>
    readonly text: string
  }
  readonly stream?: AnswerStream
  /** What a page may load, in place of nothing at all. */
  readonly contentPolicy?: string | undefined
  /** How long anybody may keep it, in seconds; absent where nobody may. */
  readonly cacheSeconds?: number | undefined
}

/** What an answer holds: a value that is sent as JSON, or a text as it is. */
interface Content {
  readonly body?: unknown
  readonly text?: string
  readonly headers?: HeaderList
  readonly contentPolicy?: string
}

export function bodyAnswer(
  status: number,
  { body, text = JSON.stringify(body), headers = [], contentPolicy }: Content,
  { answerType, cacheSeconds }: Pick<RouteContract, 'answerType' | 'cacheSeconds'> = {},
): Answer {
  return { status, headers, cacheSeconds, contentPolicy, content: { type: answerType ?? 'application/json', text } }
}

export function emptyAnswer(headers: HeaderList = [], status: 204 | 304 = 204): Answer {
  return { status, headers }
}

/** Sends the browser on to where a `Location` among the headers says. */
export function redirectAnswer(status: 302 | 303, headers: HeaderList = []): Answer {
  return { status, headers }
}

/** The answer to anything that was thrown, logged when it is the server's fault. */
export function problemAnswer(
  error: unknown,
  about: { readonly requestId: string; readonly method: string; readonly logger: Logger },
  headers: HeaderList = [],
): Answer {
  const problem = describeProblem(error, about.requestId)
  reportProblem(about.logger, problem, error, about.method)
  return {
    status: problem.status,
    headers: [...problemHeaders(problem, error), ...headers],
    content: { type: 'application/problem+json', text: JSON.stringify(problem) },
  }
}

const dependent: HeaderList = [
  ['Cache-Control', 'no-store'],
  ['Vary', 'Cookie, Authorization'],
]

/**
 * What keeps an answer from being anything but data for whoever asked: it is not guessed to be a page, runs and loads nothing
 * if it is opened as one, stands in no frame, and no page of another site gets at it. Where a redirect leads to learns nothing of
 * where it came from: the address may hold a code. Whether the host is to be reached by https alone is for the app to say.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html
 */
const protections = (contentPolicy = ''): readonly [string, string][] => [
  ['X-Content-Type-Options', 'nosniff'],
  ['Content-Security-Policy', `default-src 'none'; frame-ancestors 'none'${contentPolicy}`],
  ['X-Frame-Options', 'DENY'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Referrer-Policy', 'no-referrer'],
]

/**
 * Makes the response. An answer may hold or depend on a credential unless its route says that it is the same for all, so it
 * is not stored, and caches are told what it depends on even if they store it against the rules.
 */
export function toResponse(
  answer: Answer,
  request: { readonly requestId: string; readonly method: string; readonly extraHeaders?: HeaderList },
): Response {
  const { cacheSeconds, content, stream } = answer
  const type = content?.type ?? stream?.type
  const headers: (readonly [string, string])[] = [
    ...(cacheSeconds === undefined ? dependent : [['Cache-Control', `public, max-age=${cacheSeconds}`] as const]),
    ...protections(answer.contentPolicy),
    ['X-Request-Id', request.requestId],
  ]
  if (type !== undefined) headers.push(['Content-Type', type])
  for (const [name, value] of answer.headers) headers.push([name, value])
  for (const [name, value] of request.extraHeaders ?? []) headers.push([name, value])
  const body = request.method === 'HEAD' ? null : (content?.text ?? stream?.body ?? null)
  return new Response(body, { status: answer.status, headers: headers.map(([name, value]) => [name, value]) })
}
