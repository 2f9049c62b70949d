/** Modules of white around the symbol, as its standard wants (ISO/IEC 18004, the quiet zone). */
const quietZone = 4

/**
 * Draws a text as a QR code.
 *
 * @returns An SVG document that scales, of two paths: no script, no style, no reference to anything outside, and nothing of
 * the text itself.
 */
export async function drawQrCode(text: string): Promise<string> {
  // Loaded with the first picture.
  const { encode } = await import('uqr')
  const { data, size } = encode(text, { ecc: 'M', border: quietZone })
  const dark = data.flatMap((row, y) => runsOf(row).map(({ x, length }) => `M${x} ${y}h${length}v1h-${length}z`))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${size}v${size}h-${size}z"/>`,
    `<path fill="#000" d="${dark.join('')}"/>`,
    '</svg>',
  ].join('')
}

/** The dark stretches of a row: drawn whole, they leave no seams between modules. */
function runsOf(row: readonly boolean[]): readonly { readonly x: number; readonly length: number }[] {
  const runs: { x: number; length: number }[] = []
  row.forEach((isDark, x) => {
    const last = runs.at(-1)
    if (!isDark) return
    if (last !== undefined && last.x + last.length === x) last.length += 1
    else runs.push({ x, length: 1 })
  })
  return runs
}
