/** A password is looked up without its tail as long as so many code points are left: no policy takes fewer. */
const smallestLength = 8

/** More of a tail is not tried, so that each password takes a bounded number of look-ups. */
const longestTail = 12

/** A form in which look-alikes of one text are one: compatibility forms composed (NFKC), in lower case. */
export const foldText = (text: string): string => text.normalize('NFKC').toLowerCase()

/**
 * What is looked up for a password: its folded form, and that without its last digits and punctuation, one after the other,
 * down to 8 code points. So `Password1!` is found by `password`, and `trustno1!` by `trustno1`.
 *
 * @param folded As {@link foldText} returns it.
 */
export function lookedUpForms(folded: string): readonly string[] {
  const characters = Array.from(folded)
  const forms = [folded]
  for (let removed = 1; removed <= longestTail && characters.length - removed >= smallestLength; removed += 1) {
    if (/[\p{L}\p{M}]/u.test(characters[characters.length - removed] ?? '')) break
    forms.push(characters.slice(0, -removed).join(''))
  }
  return forms
}
