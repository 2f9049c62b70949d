/** What a URL of a database holds that nobody may read, as it is written and as it is meant. */
export interface UrlSecrets {
  /** User and password between `//` and `@`, longest first. */
  readonly userInfos: readonly string[]
  readonly passwords: readonly string[]
  /**
   * Parts of a password that was not encoded, from which a driver may have made a host, a port or the name of a database;
   * none where the URL reads as it is meant.
   */
  readonly pieces: readonly string[]
}

const none: UrlSecrets = { userInfos: [], passwords: [], pieces: [] }

/**
 * Finds user and password in a URL, also in one that is none because its password has an `@`, `/`, `?`, `#` or `%`
 * that nobody encoded. Where there are several ways to read it, all of them are taken.
 */
export function secretsOfUrl(url: string | undefined): UrlSecrets {
  const rest = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/is.exec(url ?? '')?.[1]
  if (url === undefined || rest === undefined) return none
  const ends = [...rest.matchAll(/@/g)].map(({ index }) => index).toReversed()
  if (isAsMeant(url, rest)) {
    const { username, password } = new URL(url)
    const written = rest.slice(0, rest.search(/[/?#]|$/)).replace(/@[^@]*$/, '')
    return {
      userInfos: [written, `${username}:${password}`],
      passwords: [passwordOf(written), password, decoded(password)].filter((text) => text !== ''),
      pieces: [],
    }
  }
  const userInfos = ends.map((end) => rest.slice(0, end))
  const passwords = userInfos.flatMap((info) => [passwordOf(info), decoded(passwordOf(info))])
  const longest = passwords[0] ?? ''
  return {
    userInfos,
    passwords: passwords.filter((text) => text !== ''),
    pieces: longest.split(/[@/?#:&=\s]+/).filter((text) => text !== ''),
  }
}

/** Whether the first reading is the only one: an `@` further on may stand in parameters, not in a path or behind a #. */
function isAsMeant(url: string, rest: string): boolean {
  if (!URL.canParse(url)) return false
  const { username, password, search } = new URL(url)
  const authority = rest.slice(0, rest.search(/[/?#]|$/))
  const beyond = rest.slice(authority.length)
  const parameters = beyond.slice(beyond.search(/[?#]|$/))
  if (authority.split('@').length > 2) return false
  if (!beyond.includes('@')) return true
  const isParameter = parameters.startsWith('?') && /^\?[\w.-]+=/.test(search) && !parameters.includes('#')
  return username + password !== '' && isParameter && !beyond.slice(0, -parameters.length).includes('@')
}

const passwordOf = (userInfo: string): string => {
  const colon = userInfo.indexOf(':')
  return colon < 0 ? '' : userInfo.slice(colon + 1)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
