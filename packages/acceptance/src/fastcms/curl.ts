/** What a command sends. */
export interface CurlRequest {
  readonly method: string
  /** Without the host. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** A word of a shell: quoted in one of the two ways, or without quotes. A backslash at the end of a line goes on in the next. */
const words = /'([^']*)'|"([^"]*)"|((?:(?!\\\n)\S)+)/g

/**
 * Reads a command as a shell and curl do, as far as documents use them.
 *
 * @throws Error for what they do not use.
 */
export function readCurl(command: string): CurlRequest {
  const [program, ...rest] = [...command.matchAll(words)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
  if (program !== 'curl') throw new Error('it is not curl')
  let method: string | undefined
  let url: URL | undefined
  let body: string | undefined
  const headers: Record<string, string> = {}
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? ''
    if (!word.startsWith('-')) {
      url = new URL(word)
      continue
    }
    index += 1
    const value = rest[index] ?? ''
    if (word === '-X') method = value
    else if (word === '-d') body = value
    else if (word === '-H') {
      const colon = value.indexOf(':')
      headers[value.slice(0, colon)] = value.slice(colon + 1).trim()
    } else throw new Error(`an option that is not read: ${word}`)
  }
  if (url === undefined) throw new Error('there is no address')
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    path: `${url.pathname}${url.search}`,
    headers,
    body,
  }
}
