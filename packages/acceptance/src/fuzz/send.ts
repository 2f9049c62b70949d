import { type Agent, request } from 'node:http'
import type { FuzzRequest } from './requests.js'

/** What came back; undefined where the server closed the connection without a word. */
export interface FuzzAnswer {
  readonly status: number
  readonly type: string | undefined
  readonly text: string
}

/** Sends a request with all of its oddities: `fetch` would mend or refuse many. */
export async function sendFuzz(url: string, agent: Agent, request: FuzzRequest): Promise<FuzzAnswer | undefined> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    // The second time over a connection of its own: any that was kept may be closed by now.
    const answer = await sendOnce(url, attempt === 0 ? agent : false, request)
    if (answer !== 'stale') return answer
  }
  return undefined
}

/** A connection that was kept may have been closed since, for what came before: that says nothing about this request. */
function sendOnce(
  url: string,
  agent: Agent | false,
  { method, path, headers, body }: FuzzRequest,
): Promise<FuzzAnswer | 'stale' | undefined> {
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
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(sent.reusedSocket ? 'stale' : undefined)
      else reject(error)
    })
    sent.end(body)
  })
}
