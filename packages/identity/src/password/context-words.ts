import { foldText } from './common/prefixes.js'

/** Shorter words stand in too many good passwords. */
const smallestWord = 4

/** What is left beside the words has to be a password of its own: the smallest length that any policy takes. */
const smallestRest = 8

/**
 * Whether a password is made of words that whoever knows the account would try first, and little else.
 *
 * The words are the given ones and their parts between punctuation, of at least 4 code points each. The password is refused
 * when one of them stands in it and, with all of them taken out, fewer than 8 code points are left; or when it has the same
 * letters as a word and differs in digits and punctuation alone. Case does not count, nor do compatibility forms (NFKC).
 *
 * @see OWASP ASVS 5.0 6.2.11
 */
export function isMadeOfContext(password: string, context: readonly string[]): boolean {
  const folded = foldText(password)
  const words = contextWords(context)
  const letters = lettersOf(folded)
  if (words.some((word) => sizeOf(lettersOf(word)) >= smallestWord && lettersOf(word) === letters)) return true
  // What stood around a word stays apart, so that no new word comes of it.
  const rest = words.reduce<readonly string[]>((pieces, word) => pieces.flatMap((piece) => piece.split(word)), [folded])
  return rest.length > 1 && sizeOf(rest.join('')) < smallestRest
}

/** The longest first, so that a word is taken out whole before its parts are. */
function contextWords(context: readonly string[]): readonly string[] {
  const given = context.map(foldText)
  const words = new Set([...given, ...given.flatMap((word) => word.split(/[^\p{L}\p{M}\p{N}]+/u))])
  return [...words].filter((word) => sizeOf(word) >= smallestWord).sort((left, right) => right.length - left.length)
}

const lettersOf = (text: string): string => text.replaceAll(/[^\p{L}\p{M}]/gu, '')

const sizeOf = (text: string): number => Array.from(text).length
