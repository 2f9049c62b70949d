import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Running } from './running.ts'

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
/** Segments that are not empty and lead nowhere else, with escapes that are whole. */
const plainPath = /^(\/(?!(\.|%2e){1,2}(\/|\?|$))([^/\\?%]|%[0-9a-f]{2})+)*\/?(\?|$)/i

/** What Next answers by itself, without a word, with a redirect or a failure: methods and paths that no link has. */
export const isOdd = ({ method = '', url = '' }: IncomingMessage): boolean =>
  !methods.has(method) || !plainPath.test(url) || !isText(url)

/** The target of a request without scheme and host, which only proxies need, but which every server has to take. */
export const pathOf = (target = ''): string => target.replace(/^https?:\/\/[^/?#]*\/?/i, '/')

/** Answers it as Cardea answers paths that there are not. */
export async function answerOdd(
  { cardea }: Running,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url: path = '' } = request
  // Not to be led to one that there is by what stands for other paths, such as `..`.
  const url = new URL(plainPath.test(path) ? path : '/', 'http://localhost').href
  const answer = await cardea.mount.GET({
    method: request.method ?? '',
    url,
    headers: new Headers(),
    body: null,
    bodyUsed: false,
  })
  response.writeHead(answer.status, [...answer.headers].flat()).end(await answer.text())
  request.resume()
}

function isText(url: string): boolean {
  try {
    return decodeURIComponent(url.replace(/\?.*/, '')) !== ''
  } catch {
    return false
  }
}
