import { encode } from 'uqr'
import { describe, expect, it } from 'vitest'
import { drawQrCode } from './qr-code.js'

const uri = 'otpauth://totp/My%20Shop:anna%40example.com?issuer=My%20Shop&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('drawQrCode', () => {
  it('draws the modules of the code, no more and no less', async () => {
    const svg = await drawQrCode(uri)
    const { data, size } = encode(uri, { ecc: 'M', border: 4 })
    const drawn = Array.from({ length: size }, () => Array.from({ length: size }, () => false))
    const dark = svg.split('<path').at(-1) ?? ''
    for (const [, x, y, length] of dark.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
      for (let at = Number(x); at < Number(x) + Number(length); at += 1) {
        const row = drawn[Number(y)]
        expect(row?.[at]).toBe(false)
        if (row !== undefined) row[at] = true
      }
    }
    expect(drawn).toEqual(data)
  })

  it('is an image alone: two paths, without script, style, text or anything from elsewhere', async () => {
    const svg = await drawQrCode(`${uri}"/><script>alert(1)</script>`)
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+" shape-rendering="crispEdges"><path fill="#fff" d="[Mhvz0-9 -]+"\/><path fill="#000" d="[Mhvz0-9 -]+"\/><\/svg>$/,
    )
  })

  it('has room for the longest names that there are', async () => {
    expect(await drawQrCode(`otpauth://totp/${'%C3%BC'.repeat(380)}`)).toContain('</svg>')
  })
})
