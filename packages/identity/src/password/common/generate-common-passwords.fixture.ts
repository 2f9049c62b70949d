// Writes common-passwords-data.ts, always the same from the same list. From the root of the repository:
//   node packages/identity/src/password/common/generate-common-passwords.fixture.ts
import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dictionary } from '@zxcvbn-ts/language-common'

/** No shorter password is accepted anyway. */
const smallestLength = 8
/** As long as the tail that a look-up leaves away. */
const longestTail = 12
/** One look-up in 2^14 = 16,384 is wrong. */
const riceBits = 14

/** The list, most common first, without what is too short to matter. */
export const listedPasswords: readonly string[] = dictionary['passwords-common'].filter(
  (password) => Array.from(password).length >= smallestLength,
)

/** What goes into the set: entries that are others with digits behind them would be found by those. */
function neededEntries(): readonly string[] {
  const listed = new Set(listedPasswords)
  return listedPasswords.filter((password) => {
    for (let end = password.length - 1; end >= Math.max(smallestLength, password.length - longestTail); end -= 1) {
      if (/\p{L}/u.test(password[end] ?? '')) return true
      if (listed.has(password.slice(0, end))) return false
    }
    return true
  })
}

/** The text of the module. */
export function commonPasswordsModule(): string {
  const entries = neededEntries()
  const range = entries.length * 2 ** riceBits
  if (range > 2 ** 32) throw new Error('the places do not fit into 32 bits')
  const places = entries.map((entry) => Number.parseInt(hash('sha256', entry).slice(0, 12), 16) % range)
  places.sort((left, right) => left - right)
  const bits: number[] = []
  let before = 0
  for (const place of places) {
    const difference = place - before
    before = place
    for (let quotient = Math.floor(difference / 2 ** riceBits); quotient > 0; quotient -= 1) bits.push(1)
    bits.push(0)
    for (let bit = riceBits - 1; bit >= 0; bit -= 1) bits.push((difference >> bit) & 1)
  }
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8))
  bits.forEach((bit, index) => {
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (7 - (index & 7)))
  })
  return `import type { GolombSet } from './golomb-set.js'

/**
 * Common passwords of at least 8 characters, in lower case. Written by generate-common-passwords.fixture.ts from the list of
 * \`@zxcvbn-ts/language-common\` (MIT, © Dan Wheeler, Dropbox, @zxcvbn-ts), which a test does again.
 */
export const commonPasswordsData: GolombSet = {
  size: ${entries.length},
  riceBits: ${riceBits},
  data: '${bytes.toString('base64')}',
}
`
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, 'common-passwords-data.ts'), commonPasswordsModule())
}
