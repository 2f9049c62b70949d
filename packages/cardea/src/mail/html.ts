/** Markup that is safe to send. Made by {@link html} only. */
export class SafeHtml {
  readonly #markup: string

  private constructor(markup: string) {
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }

  /** Whether a value came from {@link html}; what merely looks the same, such as an object out of JSON, did not. */
  static is(value: unknown): value is SafeHtml {
    return typeof value === 'object' && value !== null && #markup in value
  }

  /** Markup between the values is the programmer's; all else is text and gets escaped. */
  static fromTemplate(literals: readonly string[], values: readonly HtmlValue[]): SafeHtml {
    const parts = literals.map((literal, index) => literal + (index < values.length ? render(values[index]) : ''))
    return new SafeHtml(parts.join(''))
  }
}

/** What may stand in a template: text is escaped, what {@link html} made is not. Nothing is shown for undefined and null. */
export type HtmlValue = string | number | SafeHtml | readonly SafeHtml[] | undefined | null

/**
 * Makes markup in which every value is escaped, for text and for quoted attributes.
 *
 * ```ts
 * html`<p>Hello <b>${name}</b></p>`
 * ```
 *
 * A link's address needs a look of its own: escaped or not, `javascript:` stays what it is.
 */
export const html = (literals: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml =>
  SafeHtml.fromTemplate(literals, values)

function render(value: HtmlValue): string {
  if (value === undefined || value === null) return ''
  if (SafeHtml.is(value)) return value.toString()
  return typeof value === 'object' ? value.map(render).join('') : escapeHtml(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
