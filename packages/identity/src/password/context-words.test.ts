import { describe, expect, it } from 'vitest'
import { isMadeOfContext } from './context-words.js'

const context = ['jane.doe', 'jdoe', 'Acme Portal', 'app.acme-tools.example', 'Zoë', 'Müller']

describe('isMadeOfContext', () => {
  it.each([
    ['a word', 'jane.doe'],
    ['a word in another case', 'JANE.Doe'],
    ['a word and fewer than 8 other characters', 'acme2026!'],
    ['seven others around it', 'vonAcmehier'],
    ['others that are characters, not units of UTF-16', 'acmex😀😀😀😀'],
    ['the word more than once', 'acmeacmeacmeacme'],
    ['several words', 'janeAcmePortal2026'],
    ['a part of a word between punctuation', 'tools-12345'],
    ['the letters of a word with digits and punctuation among them', '1987-jane-05-doe-21'],
    ['a word with many digits', 'acme8765432187654321'],
    ['an accented word', 'MÜLLER1987'],
    ['the same in another normal form', 'MÜLLER1987'.normalize('NFD')],
    ['full-width letters', 'ｊａｎｅ2026'],
    ['a user name', 'xxjdoexx1'],
  ])('finds %s', (_what, password) => {
    expect(isMadeOfContext(password, context)).toBe(true)
  })

  it.each([
    ['a word and 8 other characters, letters among them', 'acmequarzuhr'],
    ['8 others around it', 'vonAcmehiero'],
    ['a sentence with a word', 'what does acme sell today'],
    ['a word of 3 letters', 'zoë12345'],
    ['a part of 3 letters', 'app12345'],
    ['other letters', 'correct horse'],
    ['digits that no letters stand between', '12345678'],
    // 'jdoe' comes of 'jd' and 'oe' only when what stood between is gone.
    ['what becomes a word when another is taken out', 'jdacmeoe-and-some-more'],
  ])('leaves %s', (_what, password) => {
    expect(isMadeOfContext(password, context)).toBe(false)
  })

  it('finds nothing without words', () => {
    expect(isMadeOfContext('acme', [])).toBe(false)
    expect(isMadeOfContext('acme', ['', '--', 'a', '123'])).toBe(false)
  })

  it('takes digits for a word where they are one, such as a telephone number', () => {
    expect(isMadeOfContext('5551234567', ['5551234567'])).toBe(true)
    expect(isMadeOfContext('my 5551234567', ['+15551234567'])).toBe(false)
  })

  it('is quick for the longest password and many words', () => {
    const words = Array.from({ length: 50 }, (_, index) => `word${index}`)
    expect(isMadeOfContext('word1'.repeat(204), words)).toBe(true)
    expect(isMadeOfContext('wor1d'.repeat(204), words)).toBe(false)
  })
})
