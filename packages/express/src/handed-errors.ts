import { CardeaError, isCardeaError } from 'cardea'

/** What Express and its parsers say of a request that they cannot read; their own messages quote it. */
const unreadable = new Map([
  [400, () => new CardeaError('invalid_request', 'The request cannot be read.')],
  [413, () => new CardeaError('payload_too_large', 'The body is too large.')],
  [415, () => new CardeaError('unsupported_media_type', 'The body comes in a form that is not read here.')],
])

/**
 * What to tell of an error: itself, a CardeaError in place of one of Express or its parsers, or nothing where an error brings a
 * status of its own, which Express answers with.
 */
export function toldOf(error: unknown): { readonly error: unknown } | undefined {
  if (isCardeaError(error)) return { error }
  const status = statusOf(error)
  if (status === undefined) return { error }
  const told = unreadable.get(status)?.()
  return told === undefined ? undefined : { error: told }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { status, statusCode } = error as { readonly status?: unknown; readonly statusCode?: unknown }
  return [status, statusCode].find((each) => typeof each === 'number' && each >= 400 && each < 600) as
    | number
    | undefined
}
