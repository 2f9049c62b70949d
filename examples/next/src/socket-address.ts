import type { IncomingMessage } from 'node:http'

/** The header in which the server hands over where a request came from. */
export const socketAddress = 'x-socket-address'

/** Puts the address of the socket in its header, in place of whatever a client has sent there. */
export function handOverAddress(request: IncomingMessage): void {
  request.headers[socketAddress] = request.socket.remoteAddress ?? ''
}
