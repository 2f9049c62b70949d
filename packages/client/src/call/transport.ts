import type { Problem } from '@cardea/http/contract'
import { CardeaClientError } from '../errors/client-error.js'
import type { Platform } from '../platform.js'

/** What is sent. */
export interface Sent {
  readonly method: string
  readonly url: string
  /** Sent as JSON, but for forms, files and bytes, which are sent as they are. */
  readonly body?: unknown
  readonly bearer?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  // Without the names of a browser, which types of Node alone do not have.
  readonly credentials: 'include' | 'omit' | 'same-origin'
  readonly signal?: AbortSignal | undefined
}

/** What came back, when it went well. */
export interface Received {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

/** An error that came as an answer, with the whole of it. */
class ProblemError extends CardeaClientError {
  declare readonly problem: Partial<Problem>

  constructor(problem: Partial<Problem>, status: number, retryAfterSeconds: number | undefined) {
    super(problem.code ?? 'unexpected_answer', problem.detail ?? `The answer was ${status}.`, {
      status,
      issues: problem.errors,
      retryAfterSeconds,
      requestId: problem.request_id,
    })
    // May hold the ticket of a sign-in, which whoever prints the error must not print.
    Object.defineProperty(this, 'problem', { value: problem })
  }
}

/** Whether `fetch` knows by itself what this is: as JSON it would be `{}`. Not every platform has all of these. */
function isRaw(body: unknown): boolean {
  return ['FormData', 'Blob', 'URLSearchParams', 'ArrayBuffer', 'Uint8Array'].some((name) => {
    const Kind = (globalThis as Readonly<Record<string, unknown>>)[name]
    return typeof Kind === 'function' && body instanceof Kind
  })
}

/**
 * Sends a request and reads the answer.
 *
 * @param timeoutSeconds How long to wait for it.
 * @throws CardeaClientError for everything but the caller's own abort, which is thrown as it came.
 */
export async function transmit(platform: Platform, sent: Sent, timeoutSeconds: number): Promise<Received> {
  const { method, url, body, bearer, headers, credentials, signal } = sent
  // A browser's own is called as no method of another object.
  const { fetch } = platform
  const isJson = body !== undefined && !isRaw(body)
  const stop = new AbortController()
  let isLate = false
  const callOff = platform.after(timeoutSeconds * 1_000, () => {
    isLate = true
    stop.abort()
  })
  const abort = (): void => stop.abort(signal?.reason)
  if (signal?.aborted === true) abort()
  signal?.addEventListener('abort', abort)
  try {
    const response = await fetch(url, {
      method,
      credentials,
      headers: {
        accept: 'application/json',
        ...(isJson ? { 'content-type': 'application/json' } : {}),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as FormData) }),
      signal: stop.signal,
    })
    return received(response, await response.text())
  } catch (cause) {
    if (cause instanceof CardeaClientError || signal?.aborted === true) throw cause
    throw isLate
      ? new CardeaClientError('timeout', `No answer came within ${timeoutSeconds} seconds.`, { cause })
      : new CardeaClientError('network_error', 'The server could not be reached.', { cause })
  } finally {
    callOff()
    signal?.removeEventListener('abort', abort)
  }
}

function received(response: Response, text: string): Received {
  const { status, headers } = response
  const isJson = /[/+]json/.test(headers.get('content-type') ?? '')
  let body: unknown
  try {
    body = isJson && text !== '' ? JSON.parse(text) : text === '' ? undefined : text
  } catch {
    throw new CardeaClientError('unexpected_answer', 'The answer is not JSON.', { status })
  }
  if (response.ok) return { status, body, headers }
  const after = Number.parseInt(headers.get('retry-after') ?? '', 10)
  // Whatever it is: its members are looked at before they are used.
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>
  throw new ProblemError(problem, status, Number.isNaN(after) ? undefined : after)
}
