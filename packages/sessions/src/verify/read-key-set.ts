/** What it takes to ask for a key set. */
export interface KeySetRequest {
  readonly url: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly timeoutMilliseconds: number
}

/** Ours have about 200 bytes a key. */
const maximumBytes = 65_536

const json = /^application\/(?:jwk-set\+)?json(?:\s*;|$)/i

/**
 * Asks for a key set: no redirects, JSON only, within a time and a size.
 *
 * @returns The entries of its `keys`, unchecked.
 * @throws Error, which says why there is none.
 * @see RFC 7517 §5
 */
export async function readKeySet({ url, fetch, timeoutMilliseconds }: KeySetRequest): Promise<readonly unknown[]> {
  const signal = AbortSignal.timeout(timeoutMilliseconds)
  const timedOut = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it took too long')), { once: true })
  })
  // A fetch that does not heed the signal is not waited for either.
  return await Promise.race([ask(url, fetch, signal), timedOut])
}

async function ask(url: string, fetch: KeySetRequest['fetch'], signal: AbortSignal): Promise<readonly unknown[]> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  // Some platforms know no `error`; a redirect that was not followed has another status.
  const response = await fetch(url, { headers, redirect: 'manual', signal })
  try {
    if (response.status !== 200) throw new Error(`the answer has the status ${response.status}`)
    if (!json.test(response.headers.get('content-type') ?? '')) throw new Error('the answer is no JSON')
    const parsed: unknown = JSON.parse(await readText(response))
    const keys: unknown = typeof parsed === 'object' && parsed !== null && 'keys' in parsed ? parsed.keys : undefined
    if (!Array.isArray(keys)) throw new Error('the answer has no list of keys')
    // Each entry is looked at by whoever uses it.
    return keys as readonly unknown[]
  } catch (error) {
    await response.body?.cancel().catch(() => undefined)
    throw error
  }
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body?.getReader()
  let [text, bytes] = ['', 0]
  try {
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      bytes += part.value.byteLength
      if (bytes > maximumBytes) throw new Error(`the answer has more than ${maximumBytes} bytes`)
      text += decoder.decode(part.value, { stream: true })
    }
    return text + decoder.decode()
  } finally {
    reader?.releaseLock()
  }
}
