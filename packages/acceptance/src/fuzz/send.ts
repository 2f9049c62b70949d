import { type Agent, request } from 'node:http'
import type { FuzzRequest } from './requests.js'

/** What came back; undefined where the server closed the connection without a word. */
export interface FuzzAnswer {
  readonly status: number
  readonly type: string | undefined
  readonly text: string
}

/** Sends a request with all of its oddities: `fetch` would mend or refuse many. */
export function sendFuzz(url: string, agent: Agent, { method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        hostname,
        port,
        method,
        path,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: answer.headers['content-type'],
            text: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
