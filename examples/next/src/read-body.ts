import { maxPostBytes, type PostInput, readPost } from '@cardea-examples/shared'
import { CardeaError } from 'cardea'

/** What was sent of a post, read no further than a post may be long. */
export async function readBody({ body, headers }: Request): Promise<PostInput> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body ?? []) {
    length += part.length
    if (length > maxPostBytes) throw new CardeaError('payload_too_large', 'A post has at most 64 KiB.')
    parts.push(part)
  }
  return readPost(headers.get('content-type') ?? undefined, parsed(Buffer.concat(parts).toString()))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
