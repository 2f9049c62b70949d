import { CardeaError } from '@cardea/core'
import type { ReadHeaders } from '../credentials/headers.js'
import type { BodyReader, HandlerRequest } from '../handler/handler-request.js'
import { isJsonContentType } from './content-type.js'
import { scanJson } from './scan-json.js'

/**
 * Reads the body of a request as a JSON object.
 *
 * @param parsed What a framework has read before, if it did; it is held to the same rules as far as that is possible.
 * @returns The object, or undefined when there is no body.
 * @throws CardeaError `payload_too_large`, `unsupported_media_type`, `invalid_request`, `unknown_field`.
 */
export async function readJsonBody(
  request: HandlerRequest,
  options: { readonly maxBytes: number; readonly parsed?: unknown },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const value =
    options.parsed === undefined ? await parseBody(request, options.maxBytes) : recheck(request, options.parsed)
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CardeaError('invalid_request', 'The body must be a JSON object.', {
      issues: [{ path: '', code: 'invalid_type', message: 'must be of type object' }],
    })
  }
  return { ...value }
}

async function parseBody(request: HandlerRequest, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes)
  if (bytes.length === 0) return undefined
  requireJson(request.headers)
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes the body, so it is not kept.
    throw new CardeaError('invalid_request', 'The body is not valid JSON in UTF-8.')
  }
  scanJson(text)
  return value
}

function requireJson(headers: ReadHeaders): void {
  if (!isJsonContentType(headers.get('content-type'))) {
    throw new CardeaError('unsupported_media_type', 'Send the body as application/json.')
  }
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') {
    throw new CardeaError('unsupported_media_type', 'Send the body without a content encoding.')
  }
}

/** Reads at most `maxBytes`, whatever the headers claim. */
export async function readBytes(request: HandlerRequest, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new CardeaError('payload_too_large', `The body is larger than ${maxBytes} bytes.`)
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge()
  if (request.bodyUsed) {
    throw new CardeaError(
      'internal_error',
      'The body was read before Cardea was asked, by a middleware: put it behind, let it read a clone, or hand over `parsedBody`.',
    )
  }
  if (request.body === null) return new Uint8Array(0)
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let part = await next(reader); part !== undefined; part = await next(reader)) {
    size += part.length
    if (size > maxBytes) {
      // The rest is not wanted; whether the sender minds is of no interest.
      reader.cancel().catch(() => undefined)
      throw tooLarge()
    }
    chunks.push(part)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

async function next(reader: BodyReader): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value
  } catch {
    throw new CardeaError('invalid_request', 'The body ended before it was complete.')
  }
}

/** Holds a body that was parsed elsewhere to the rules: its type, its nesting, and a form does not pass for JSON. */
function recheck(request: HandlerRequest, parsed: unknown): unknown {
  let text: string | undefined
  try {
    text = JSON.stringify(parsed)
  } catch {
    throw new CardeaError('invalid_request', 'The body is not JSON.')
  }
  if (text === undefined || (text === '{}' && request.headers.get('content-type') === null)) return undefined
  requireJson(request.headers)
  scanJson(text)
  return parsed
}
