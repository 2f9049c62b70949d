import { BlockList, isIP } from 'node:net'
import { CardeaError } from '@cardea/core'
import { canonicalAddress } from '@cardea/core/network'
import type { ReadHeaders } from '../credentials/headers.js'

/** Finds the client's address: canonical, or null when nobody knows it. */
export type FindClientAddress = (socket: string | null | undefined, headers: ReadHeaders) => string | null

/** Which proxies are believed: how many stand in front, or their addresses and networks (`10.0.0.0/8`). */
export type TrustProxy = number | readonly string[]

/**
 * Builds the search for the client's address.
 *
 * Without trusted proxies it is the socket's, and `onUnasked` is told of requests that say they came through one. With them, `X-Forwarded-For` is walked from the right, one entry for each
 * proxy that is believed, and no further: what stands left of that the client wrote itself. An entry that is not an
 * address ends the walk.
 *
 * @throws CardeaError `configuration_invalid` for an entry of the list that is neither an address nor a network.
 */
export function createClientAddress(
  trust: TrustProxy | undefined,
  onUnasked: () => void = () => undefined,
): FindClientAddress {
  if (trust === 0) return canonical
  if (trust === undefined) {
    return (socket, headers) => {
      if ((headers.get('x-forwarded-for') ?? headers.get('forwarded')) !== null) onUnasked()
      return canonical(socket)
    }
  }
  if (typeof trust === 'number') return (socket, headers) => walk(canonical(socket), headers, (hop) => hop < trust)
  const proxies = trustedNetworks(trust)
  return (socket, headers) =>
    walk(
      canonical(socket),
      headers,
      (_hop, address) => address !== null && proxies.check(address, address.includes(':') ? 'ipv6' : 'ipv4'),
    )
}

function walk(
  socket: string | null,
  headers: ReadHeaders,
  isTrusted: (hop: number, address: string | null) => boolean,
): string | null {
  const entries = (headers.get('x-forwarded-for') ?? '').split(',')
  let address = socket
  for (let hop = 0; isTrusted(hop, address); hop += 1) {
    const next = entries.pop()
    const forwarded = next === undefined ? null : canonicalAddress(withoutPort(next.trim()))
    if (forwarded === null) break
    address = forwarded
  }
  return address
}

/** Some gateways write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(entry)
  if (bracketed?.[1] !== undefined) return bracketed[1]
  const port = /^([0-9.]+):\d{1,5}$/.exec(entry)
  return port?.[1] ?? entry
}

function trustedNetworks(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [network = '', prefix, ...rest] = entry.split('/')
    const address = canonicalAddress(network)
    const bits = prefix === undefined ? undefined : Number(prefix)
    const most = address?.includes(':') ? 128 : 32
    const wrongBits = bits !== undefined && (!/^\d{1,3}$/.test(prefix ?? '') || bits > most)
    // A mapped address with a prefix would mean another network after mapping.
    const mapped = isIP(network) === 6 && most === 32 && bits !== undefined
    if (address === null || wrongBits || mapped || rest.length > 0) {
      throw new CardeaError('configuration_invalid', 'trustProxy: needs IP addresses or networks such as 10.0.0.0/8')
    }
    const family = most === 128 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, bits, family)
  }
  return list
}

function canonical(socket: string | null | undefined): string | null {
  return socket === null || socket === undefined ? null : canonicalAddress(socket)
}
