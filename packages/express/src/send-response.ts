import type { IncomingMessage, ServerResponse } from 'node:http'

/** Headers to which the app may have added something of its own. */
const shared = new Set(['set-cookie', 'vary'])

/** Answers a request, unless somebody else has by now, or nobody listens any more. */
export async function sendResponse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: Response,
): Promise<void> {
  // Cardea's answers are short texts.
  const content = response.body === null ? undefined : Buffer.from(await response.arrayBuffer())
  // What is left of a body that was too large: the next request on the connection comes after it.
  if (!incoming.complete) incoming.resume()
  if (outgoing.headersSent || outgoing.destroyed) return
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) {
    if (shared.has(name)) outgoing.appendHeader(name, value)
    else outgoing.setHeader(name, value)
  }
  outgoing.end(content)
}
