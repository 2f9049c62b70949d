/** Circumstances of a request that a session remembers, for its owner to recognise it by. */
export interface ClientDetails {
  /** The client's address as the app trusts it; not a header. */
  readonly ip?: string | null
  readonly userAgent?: string | null
}

/** The longest text form of an IPv6 address. */
const maximumIpLength = 45
const maximumUserAgentLength = 512

/** Makes text that a client chose fit to be kept: bounded, well-formed, and unable to forge lines of a log. */
export function toClientColumns(client: ClientDetails): {
  readonly ip: string | null
  readonly user_agent: string | null
} {
  const ip = client.ip ?? ''
  const userAgent = (client.userAgent ?? '')
    .slice(0, maximumUserAgentLength)
    .replace(/\p{Cc}/gu, ' ')
    // Also the half that cutting may leave of a pair.
    .replace(/\p{Surrogate}/gu, '\u{FFFD}')
  return {
    ip: ip.length <= maximumIpLength && /^[\x21-\x7e]+$/.test(ip) ? ip : null,
    user_agent: userAgent === '' ? null : userAgent,
  }
}
