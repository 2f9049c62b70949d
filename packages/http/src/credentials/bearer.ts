/** Longer tokens are none of ours, whatever they hold. */
const longestToken = 4_096

/** `b64token` of RFC 6750 §2.1, which covers access tokens and API keys. */
const token = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Reads the token of an `Authorization: Bearer` header.
 *
 * @returns The token; null when the scheme is Bearer but no single well-formed token follows; undefined for no header
 * and for any other scheme, such as a proxy's Basic.
 */
export function readBearer(header: string | null): string | null | undefined {
  if (header === null) return undefined
  const value = header.trim()
  if (!value.startsWith('Bearer') && value.slice(0, 6).toLowerCase() !== 'bearer') return undefined
  if (value.length === 6) return null
  if (value.charCodeAt(6) !== 0x20) return undefined
  const found = value.slice(7).trimStart()
  return found.length <= longestToken && token.test(found) ? found : null
}
