import type { HandlerRequest } from '../handler/handler-request.js'

/** Whatever a program calls its request, as long as it is printable: it goes into one header of its own answer, and nowhere else. */
const printable = /^[\x20-\x7e]{1,256}$/

/**
 * The id that the answer to a request bears. Whoever asks by AuthZEN gets back what it has sent, also where that is too strange for
 * logs (section 10.1.3).
 */
export function shownRequestId({ url, headers }: HandlerRequest, requestId: string): string {
  const given = headers.get('x-request-id')
  if (given === null || given === requestId || !printable.test(given)) return requestId
  return new URL(url).pathname.startsWith('/access/v1/') ? given : requestId
}
