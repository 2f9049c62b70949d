import type { MailTextSettings } from '@cardea/collections'
import { placeholderPattern } from '@cardea/collections/later'
import { html, SafeHtml } from './html.js'
import type { MailKind } from './kinds.js'
import type { MailData, MailTemplate, MailTemplates, MailTexts } from './message.js'

/** What placeholders stand for: never what the owner of an account calls itself, which a stranger may have chosen. */
type Told = Readonly<Record<string, string | number | undefined>>

/** Templates of texts that were stored. Nothing in them is run: each placeholder is replaced once, and markup gets it escaped. */
export function storedTemplates(texts: Readonly<Record<string, MailTextSettings>> = {}): MailTemplates {
  const templates: [string, MailTemplate<MailKind>][] = Object.entries(texts).map(([kind, each]) => [
    kind,
    (data) => fillIn(each, toldOf(data)),
  ])
  return Object.fromEntries(templates)
}

function toldOf(data: MailData<MailKind>): Told {
  const { appName, collection } = data
  // What a kind is not told is not there, and shows as nothing.
  const { link, code, minutes, time, device, ip, remaining, provider } = data as unknown as Told
  return { app_name: appName, collection, link, code, minutes, time, device, ip, remaining, provider }
}

function fillIn({ subject, text, html: markup }: MailTextSettings, told: Told): MailTexts {
  const plain = (template: string): string =>
    template.replaceAll(placeholderPattern, (_braces, name: string) => shown(told, name))
  return {
    subject: plain(subject),
    text: plain(text),
    html: markup === undefined ? fromText(text, told) : fillMarkup(markup, told),
  }
}

const shown = (told: Told, name: string): string => String((Object.hasOwn(told, name) ? told[name] : '') ?? '')

/** Markup is the operator's, and was checked when it was stored; what it is told is text. */
function fillMarkup(markup: string, told: Told): SafeHtml {
  const literals = markup.split(placeholderPattern)
  // Names stand between the literals.
  const names = literals.filter((_part, index) => index % 2 === 1)
  return SafeHtml.fromTemplate(
    literals.filter((_part, index) => index % 2 === 0),
    names.map((name) => shown(told, name)),
  )
}

/** The same as markup: paragraphs, lines, and the link as one. */
function fromText(text: string, told: Told): SafeHtml {
  const lineOf = (line: string): SafeHtml => {
    const parts = line.split(placeholderPattern).map((part, index) => {
      if (index % 2 === 0) return html`${part}`
      const value = shown(told, part)
      return part === 'link' ? html`<a href="${value}">${value}</a>` : html`${value}`
    })
    return html`${parts}`
  }
  const paragraphs = text.trim().split(/\r?\n\s*\n/)
  return html`<!doctype html>
<html><body>
${paragraphs.map((paragraph) => {
  const [first = '', ...others] = paragraph.split(/\r?\n/)
  return html`<p>${lineOf(first)}${others.map((line) => html`<br>\n${lineOf(line)}`)}</p>\n`
})}</body></html>
`
}
