/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Black-box tests look into any shape that the server sends.
  readonly body: Json
  readonly cookie: string | undefined
}

/** A JSON value whose members can be named without knowing that they exist. */
export interface Json {
  readonly [member: string]: Json
}

/** The text that a member of an answer is; anything else as JSON. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

export interface RequestOptions {
  readonly body?: unknown
  /** A body as it is, for what is no JSON. */
  readonly raw?: string
  /** Often a member of an answer; what is no text is sent as JSON. */
  readonly bearer?: unknown
  readonly cookie?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** Where requests go. */
interface Server {
  readonly url: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** Sends a request as curl does: no header but those that are given. */
async function send(to: Server, method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const headers = new Headers(options.headers)
  if (options.body !== undefined || options.raw !== undefined) {
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  }
  if (options.bearer !== undefined) headers.set('authorization', `Bearer ${textOf(options.bearer)}`)
  if (options.cookie !== undefined) headers.set('cookie', options.cookie)
  const response = await to.fetch(`${to.url}${path}`, {
    method,
    headers,
    redirect: 'manual',
    body: options.raw ?? (options.body === undefined ? null : JSON.stringify(options.body)),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Json,
    cookie: response.headers.getSetCookie()[0]?.split(';')[0],
  }
}

/** Requests to one server, or to a handler in this process. */
export const clientOf = (url: string, fetchFrom: Server['fetch'] = fetch) => {
  const server: Server = { url, fetch: fetchFrom }
  return {
    get: (path: string, options?: RequestOptions) => send(server, 'GET', path, options),
    post: (path: string, body?: unknown, options: RequestOptions = {}) =>
      send(server, 'POST', path, body === undefined ? options : { ...options, body }),
    patch: (path: string, body: unknown, options: RequestOptions = {}) =>
      send(server, 'PATCH', path, { ...options, body }),
    delete: (path: string, options?: RequestOptions) => send(server, 'DELETE', path, options),
    send: (method: string, path: string, options?: RequestOptions) => send(server, method, path, options),
  }
}

export type Client = ReturnType<typeof clientOf>
