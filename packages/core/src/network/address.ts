import { isIP } from 'node:net'

/**
 * Brings an IP address into one form: IPv4-mapped IPv6 as IPv4, IPv6 as eight groups in lower case without leading
 * zeros, no zone.
 *
 * @returns Null for anything that is not an address.
 */
export function canonicalAddress(text: string): string | null {
  const kind = isIP(text)
  if (kind === 4) return text
  if (kind !== 6) return null
  const groups = expand(text.split('%', 1)[0] ?? '')
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (!mapped) return groups.map((group) => group.toString(16)).join(':')
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

/**
 * The network of a canonical address that counts as one client: the address itself for IPv4, its /64 for IPv6, which is
 * what one subscriber is given (RFC 6177).
 */
export function addressPrefix(address: string): string {
  return address.includes(':') ? `${address.split(':').slice(0, 4).join(':')}::/64` : address
}

/** The /48 of a canonical IPv6 address, as one site is given: 65,536 times what counts as one client. */
export function sitePrefix(address: string): string | undefined {
  return address.includes(':') ? `${address.split(':').slice(0, 3).join(':')}::/48` : undefined
}

/** The eight groups of an IPv6 address that `isIP` has accepted. */
function expand(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const front = groupsOf(head)
  if (tail === undefined) return front
  const back = groupsOf(tail)
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back]
}

function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
