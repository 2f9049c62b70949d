/** Asks a server; what answers may be in this process. */
export type Ask = (url: string, init: RequestInit) => Promise<Response>

/** A browser as far as redirects and cookies go. */
export interface Browser {
  /** Follows redirects until one leads to an address that the test wants to look at, or nothing leads on. */
  visit(
    url: string,
    stopAt?: (url: URL) => boolean,
  ): Promise<{ readonly url: URL; readonly response: Response | undefined }>
  /** What it would send to an address. */
  cookies(url: string): string
}

/** More redirects than any sign-in takes. */
const longestWay = 20

/** Cookies are kept by host and port, unlike in a browser, where ports share them: each server is to have its own. */
export function createBrowser(ask: Ask): Browser {
  const jars = new Map<string, Map<string, string>>()
  const cookies = (url: string): string =>
    [...(jars.get(new URL(url).host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  const keep = (url: URL, response: Response): void => {
    const jar = jars.get(url.host) ?? new Map<string, string>()
    jars.set(url.host, jar)
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const equals = pair.indexOf('=')
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(pair.slice(0, equals))
      else jar.set(pair.slice(0, equals), pair.slice(equals + 1))
    }
  }
  return {
    cookies,
    async visit(start, stopAt = () => false) {
      let url = new URL(start)
      for (let step = 0; step < longestWay; step += 1) {
        if (stopAt(url)) return { url, response: undefined }
        const headers = { cookie: cookies(url.href), 'sec-fetch-site': 'none' }
        const response = await ask(url.href, { headers, redirect: 'manual' })
        keep(url, response)
        const location = response.headers.get('location')
        if (location === null) return { url, response }
        url = new URL(location, url)
      }
      throw new Error(`no end of redirects at ${url.origin}`)
    },
  }
}
