// The parser of the URL standard drops line breaks and takes backslashes for slashes, so what it accepts is not always
// what a browser's or server's own reading of the same text gives.
const suspicious = /[\s\p{Cc}\\]/u
const scheme = /^https?:\/\//i

/** Whether a text is an absolute http or https address. Other schemes, `javascript:` among them, are not taken. */
export function isWebAddress(value: string): boolean {
  return scheme.test(value) && !suspicious.test(value) && URL.canParse(value)
}
