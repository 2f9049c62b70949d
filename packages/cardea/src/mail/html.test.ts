import { describe, expect, it } from 'vitest'
import { type HtmlValue, html, SafeHtml } from './html.js'

describe('html', () => {
  it('escapes what stands in text and in attributes', () => {
    const hostile = `<a href=//evil>"'&`
    expect(String(html`<p title="${hostile}">${hostile}</p>`)).toBe(
      '<p title="&lt;a href=//evil&gt;&quot;&#39;&amp;">&lt;a href=//evil&gt;&quot;&#39;&amp;</p>',
    )
  })

  it('keeps what it made itself, alone and in lists, and shows nothing for what is not there', () => {
    const items = ['<a>', 'b'].map((item) => html`<li>${item}</li>`)
    expect(String(html`<ul>${items}</ul>${undefined}${null}${0}`)).toBe('<ul><li>&lt;a&gt;</li><li>b</li></ul>0')
  })

  it('does not take for safe what only looks so', () => {
    const forged = { toString: () => '<script>' }
    expect(SafeHtml.is(forged)).toBe(false)
    expect(SafeHtml.is(Object.create(SafeHtml.prototype))).toBe(false)
    // As data out of JSON may be, whatever its type says.
    expect(String(html`${['<script>'] as unknown as HtmlValue}`)).toBe('&lt;script&gt;')
  })
})
