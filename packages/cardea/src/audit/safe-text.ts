/** What could forge a line of a log, move a terminal's cursor or turn text around, and halves of characters. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu

/**
 * Makes text that a client chose fit to be kept and shown: no control, formatting or line-breaking characters, well-formed,
 * and of a bounded size. What is taken out leaves a mark.
 */
export function safeText(text: string, maximumBytes: number): string {
  // No character has less than a byte, so what is behind never counts.
  const clean = text.slice(0, maximumBytes).replace(unsafe, '\u{FFFD}')
  if (Buffer.byteLength(clean) <= maximumBytes) return clean
  let bytes = 0
  let kept = ''
  for (const character of clean) {
    bytes += Buffer.byteLength(character)
    if (bytes > maximumBytes) break
    kept += character
  }
  return kept
}
