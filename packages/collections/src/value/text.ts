// Under the `u` flag a whole pair is one code point, so only halves match.
const loneSurrogate = /[\ud800-\udfff]/u

/** Whether every database can hold a text as it is: well-formed Unicode without U+0000. */
export const isStorableText = (value: string): boolean => !value.includes('\u0000') && !loneSurrogate.test(value)

/** The longest text that can be part of a key on every database, in bytes of UTF-8. */
export const maxKeyBytes = 255

/** Whether a text can be part of a key. */
export const fitsKey = (value: string): boolean =>
  value.length <= maxKeyBytes && Buffer.byteLength(value) <= maxKeyBytes
