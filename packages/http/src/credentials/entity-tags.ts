import { CardeaError } from '@cardea/core'

const tag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/u
/** A comma may stand within the quotes. What is in front of it is no part of this: each blank would be tried as a beginning. */
const separator = /,\s*(?=(?:W\/)?")/u

/**
 * The entity tags of `If-Match` or `If-None-Match`, each as it stands there; `*` alone for any. Undefined without the header.
 *
 * @throws CardeaError `invalid_request`
 * @see RFC 9110 §13.1.1, §13.1.2
 */
export function tagsIn(name: string, header: string | null): readonly string[] | undefined {
  if (header === null) return undefined
  const tags = header.trim() === '*' ? ['*'] : header.split(separator).map((each) => each.trim())
  if (tags.every((each) => each === '*' || tag.test(each))) return tags
  throw new CardeaError('invalid_request', `${name} must be * or a list of entity tags in quotes.`)
}

/** Whether one of the tags is this one, as weakly as `If-None-Match` compares. */
export const isTagIn = (etag: string, tags: readonly string[] | undefined): boolean =>
  tags?.some((each) => each === '*' || each.replace(/^W\//u, '') === etag) ?? false
