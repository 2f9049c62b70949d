import { CardeaError } from '@cardea/core'
import type { HandlerRequest } from '../handler/handler-request.js'
import { readBytes } from './read-body.js'

/** As many fields as no provider sends. */
const maximumFields = 50

/**
 * Reads the body of a request as a form.
 *
 * @param parsed What a framework has read before, if it did.
 * @throws CardeaError `payload_too_large`, `unsupported_media_type`, `invalid_request`.
 */
export async function readFormBody(
  request: HandlerRequest,
  options: { readonly maxBytes: number; readonly parsed?: unknown },
): Promise<Readonly<Record<string, string>>> {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new CardeaError('unsupported_media_type', 'Send the body as a form.')
  }
  const { parsed } = options
  const entries: readonly (readonly [string, unknown])[] =
    typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : await parse(request, options.maxBytes)
  if (entries.length > maximumFields) throw invalid('The form has too many fields.')
  const fields = new Map<string, string>()
  for (const [name, value] of entries) {
    // Of two, another reader of the form may take the other.
    if (typeof value !== 'string' || fields.has(name)) throw invalid('The form has a field twice.')
    fields.set(name, value)
  }
  return Object.fromEntries(fields)
}

async function parse(request: HandlerRequest, maxBytes: number): Promise<readonly (readonly [string, string])[]> {
  const bytes = await readBytes(request, maxBytes)
  return [...new URLSearchParams(new TextDecoder().decode(bytes))]
}

const invalid = (message: string): CardeaError => new CardeaError('invalid_request', message)
