import { type Clock, createUuidV7, secureRandom } from '@cardea/core/crypto'
import type { ReadHeaders } from '../credentials/headers.js'

/** Says which id a request is logged and answered under. */
export type IdentifyRequest = (headers: ReadHeaders) => string

/** An id of the caller's is taken over only in this form: it goes into logs and headers. */
const acceptable = /^[A-Za-z0-9_-]{8,64}$/

/** Takes the caller's `X-Request-Id` where it is short and plain, and makes a UUIDv7 otherwise. */
export function createRequestIds(clock: Clock): IdentifyRequest {
  const createId = createUuidV7(clock, secureRandom)
  return (headers) => {
    const given = headers.get('x-request-id')
    return given !== null && acceptable.test(given) ? given : createId()
  }
}
