import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { addressHeader } from './running'

/** Hands the address of the socket over, in place of whatever a client has sent in that header. */
export function handOverAddresses(): void {
  subscribe('http.server.request.start', (message) => {
    // Node says so of this channel.
    const { request } = message as { readonly request: IncomingMessage }
    request.headers[addressHeader] = request.socket.remoteAddress ?? ''
  })
}
