/**
 * What a spreadsheet takes for the beginning of a formula, behind any number of the quotes that say it is none. The wide forms
 * are those that Japanese and Chinese ones take for the same.
 */
const formula = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/u
const escaped = /^'+[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/u

/**
 * A text that no spreadsheet takes for a formula: it gets a quote in front.
 *
 * @see OWASP, CSV Injection
 */
export const escapeCell = (text: string): string => (formula.test(text) ? `'${text}` : text)

/** Takes one quote away again, so that what was exported comes back as it was. */
export const unescapeCell = (text: string): string => (escaped.test(text) ? text.slice(1) : text)

/** One record of a CSV file with its line break. @see RFC 4180 §2 */
export const csvRecord = (cells: readonly string[]): string => `${cells.map(quoteCell).join(',')}\r\n`

const quoteCell = (text: string): string => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
