import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Load, LoadTarget } from './target.ts'

const run = promisify(execFile)

/** Runs wrk with requests that are written out beforehand, so that taking the next one costs it nothing. */
export async function loadByWrk({ url, headers, connections, seconds, folder }: LoadTarget): Promise<Load> {
  const script = join(folder, 'requests.lua')
  writeFileSync(script, requestsInLua(new URL(url).pathname, headers))
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '-s', script, url])
  const failures = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.+)/.exec(stdout)
  if (failures !== null) throw new Error(`${url} under load: ${failures[0]}`)
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  if (!(requestsPerSecond > 0 && requests > 0)) throw new Error(`wrk said nothing of a rate:\n${stdout}`)
  return { requestsPerSecond, requests }
}

function requestsInLua(path: string, headers: LoadTarget['headers']): string {
  const lines = headers.map((values) => {
    const pairs = Object.entries(values).map(([name, value]) => `[${quote(name)}] = ${quote(value)}`)
    return `    wrk.format('GET', ${quote(path)}, { ${pairs.join(', ')} }),`
  })
  return [
    'local requests, at = {}, 0',
    'function init()',
    '  requests = {',
    ...lines,
    '  }',
    'end',
    'function request()',
    '  at = at % #requests + 1',
    '  return requests[at]',
    'end',
    '',
  ].join('\n')
}

/** A text in Lua. What JSON escapes beyond these does not come in headers. */
const quote = (text: string): string => JSON.stringify(text)
