import { maxPostBytes, type PostInput, readPost } from '@cardea-examples/shared'
import { CardeaError } from 'cardea'

/** What was sent of a post, read no further than a post may be long. */
export async function readBody({ body, headers }: Request): Promise<PostInput> {
  let text = ''
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    if (text.length > maxPostBytes) throw new CardeaError('payload_too_large', 'A post has at most 64 KiB.')
  }
  return readPost(headers.get('content-type') ?? undefined, parsed(text))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
