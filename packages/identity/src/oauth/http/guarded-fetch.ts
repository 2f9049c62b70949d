import { failure, type OAuthEnvironment, type OAuthFailure } from '../provider.js'

/** How long a provider may take for an answer, body included. */
const answerMilliseconds = 5_000

/** Token answers, profiles and key sets are a few kilobytes; discovery documents of large providers some tens. */
const maximumAnswerBytes = 256 * 1024

export interface GuardedRequest {
  readonly url: string
  /** With a body the request is a POST. */
  readonly body?: URLSearchParams | string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer of 2xx, or of 4xx in which a provider says what it does not like. */
export type GuardedAnswer = { readonly ok: true; readonly status: number; readonly json: unknown } | OAuthFailure

/**
 * Asks a provider, and trusts nothing about how it answers: at most five seconds, at most 256 kB, no redirect, JSON alone,
 * and nothing but https (http for this machine itself, for development).
 */
export async function guardedFetch(environment: OAuthEnvironment, request: GuardedRequest): Promise<GuardedAnswer> {
  if (!isTrustworthyUrl(request.url)) return failure('provider_answer_invalid', 'an address that is not https')
  const signal = environment.deadline?.() ?? AbortSignal.timeout(answerMilliseconds)
  const late = new Promise<OAuthFailure>((resolve) => {
    const end = (): void => resolve(failure('provider_unavailable', 'no answer in time'))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
  // A fetch or a body that does not heed the signal is left behind.
  return await Promise.race([ask(environment, request, signal), late])
}

/** Whether what an address leads to can be held to be whom it names. */
export function isTrustworthyUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname))
}

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

async function ask(
  environment: OAuthEnvironment,
  { url, body, headers }: GuardedRequest,
  signal: AbortSignal,
): Promise<GuardedAnswer> {
  let response: Response
  try {
    response = await environment.fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      // Answers of an interface lead nowhere else; following one would carry the secret there.
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal,
      headers: { accept: 'application/json', 'user-agent': 'cardea', ...headers },
      // As text, so that the form's content type is what the headers say.
      ...(body === undefined ? {} : { body: body.toString() }),
    })
  } catch {
    return failure('provider_unavailable', signal.aborted ? 'no answer in time' : 'the connection failed')
  }
  const refuse = (reason: 'provider_unavailable' | 'provider_answer_invalid', detail: string): OAuthFailure => {
    response.body?.cancel().catch(() => undefined)
    return failure(reason, detail)
  }
  const { status } = response
  if (response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400)) {
    return refuse('provider_answer_invalid', 'a redirect')
  }
  if (status >= 500 || status === 429) return refuse('provider_unavailable', `status ${status}`)
  const contentType = response.headers.get('content-type') ?? ''
  if (!/^application\/(?:json|[a-z0-9.-]+\+json)\s*(?:;|$)/i.test(contentType)) {
    return refuse('provider_answer_invalid', `status ${status}, not JSON`)
  }
  if (Number(response.headers.get('content-length') ?? 0) > maximumAnswerBytes) {
    return refuse('provider_answer_invalid', 'an answer that is too large')
  }
  const bytes = await readBytes(response)
  if (typeof bytes === 'string') return failure('provider_answer_invalid', bytes)
  try {
    return { ok: true, status, json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch {
    return failure('provider_answer_invalid', 'malformed JSON')
  }
}

/** @returns The body, or what is wrong with it. Counted while it comes: the header may lie, and compression hides sizes. */
async function readBytes(response: Response): Promise<Uint8Array | string> {
  const parts: Uint8Array[] = []
  let size = 0
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(parts)
      size += value.byteLength
      if (size > maximumAnswerBytes) {
        reader.cancel().catch(() => undefined)
        return 'an answer that is too large'
      }
      parts.push(value)
    }
  } catch {
    return 'an answer that broke off'
  }
}
