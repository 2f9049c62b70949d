import { insist } from './patience.js'

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Black-box tests look into any shape that the server sends.
  readonly body: Json
  readonly cookie: string | undefined
  /** How many times it was answered with 503 before, where the client came back then. */
  readonly refused: number
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
  /** Whether it is asked again where the answer is 503. */
  readonly patient?: boolean
}

async function send(to: Server, method: string, path: string, options?: RequestOptions): Promise<Answer> {
  if (to.patient !== true) return await sendOnce(to, method, path, options)
  const { answer, refused } = await insist(() => sendOnce(to, method, path, options))
  return { ...answer, refused }
}

/** Sends a request as curl does: no header but those that are given. */
async function sendOnce(to: Server, method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
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
    // A page is looked at by its status alone.
    body: (text === '' || isPage(response) ? {} : JSON.parse(text)) as Json,
    cookie: response.headers.getSetCookie()[0]?.split(';')[0],
    refused: 0,
  }
}

const isPage = ({ headers }: Response): boolean => headers.get('content-type')?.startsWith('text/html') === true

/** Requests to one server, or to a handler in this process. */
export const clientOf = (url: string, fetchFrom: Server['fetch'] = fetch): Client => clientTo({ url, fetch: fetchFrom })

/**
 * The same, which asks again where the answer is 503, as clients do: where how busy the machine is, is not what is looked at.
 * What is asked may be done twice then.
 */
export const patientClientOf = (url: string): Client => clientTo({ url, fetch, patient: true })

function clientTo(server: Server) {
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

export type Client = ReturnType<typeof clientTo>
