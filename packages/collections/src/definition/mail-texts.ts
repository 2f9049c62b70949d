import type { ErrorIssue } from '@cardea/core'
import type { MailTextSettings } from './auth-settings.js'

const link = ['link', 'minutes'] as const
const notice = ['time', 'device', 'ip'] as const

/** What a mail of each kind can say beside the names of the app and of the collection. */
const told: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['verification', link],
  ['password_reset', link],
  ['email_change', link],
  ['invitation', link],
  ['otp', ['code', 'minutes']],
  ['password_changed', notice],
  ['email_changed', notice],
  ['mfa_enabled', notice],
  ['mfa_disabled', notice],
  ['backup_code_used', [...notice, 'remaining']],
  ['new_device', notice],
  ['identity_linked', [...notice, 'provider']],
  ['api_key_created', notice],
  ['ssh_key_added', notice],
  ['registration_attempted', notice],
  ['account_locked', [...notice, 'minutes']],
])

const toldToAll = ['app_name', 'collection'] as const

/** What a text of a kind of mail can say, as `{{name}}`. */
export const mailPlaceholders = (kind: string): readonly string[] => [...toldToAll, ...(told.get(kind) ?? [])]

/** What whoever has it can use: a link or a code. */
const secrets: ReadonlySet<string> = new Set(['link', 'code'])

// As the subject of a message, and as texts that fit into one body of a request together.
const longestSubject = 200
const longestText = 10_000
const longestHtml = 20_000

/** A placeholder, or braces that would be one. */
const braces = /\{\{|\}\}/
export const placeholderPattern = /\{\{ ?([a-z_]{1,32}) ?\}\}/g

/** What is wrong with the texts of a kind of mail, by places inside of them. */
export function checkMailTexts(kind: string, texts: MailTextSettings): readonly ErrorIssue[] {
  const { subject, text, html } = texts
  // Said by the schema.
  if (![subject, text, html ?? ''].every((each) => typeof each === 'string')) return []
  return [
    ...checkPart('subject', subject, kind, longestSubject),
    ...(/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject) ? [issue('subject', 'must be one line')] : []),
    ...checkPart('text', text, kind, longestText),
    ...(html === undefined ? [] : [...checkPart('html', html, kind, longestHtml), ...checkMarkup(html)]),
  ]
}

const issue = (path: string, message: string): ErrorIssue => ({ path, code: 'invalid_value', message })

/**
 * A link or code has to be there, but in no subject, which is shown on locked screens. It stands alone: whoever may write texts
 * must not be able to make it a part of another address, and so have it sent there.
 */
function checkPart(path: string, content: string, kind: string, longest: number): readonly ErrorIssue[] {
  if (content.trim() === '') return [issue(path, 'must not be empty')]
  if (content.length > longest) {
    return [{ path, code: 'too_big', message: `must be at most ${longest} characters` }]
  }
  if (!content.isWellFormed() || /[^\P{Cc}\n\r\t]/u.test(content)) {
    return [issue(path, 'must be well-formed, without control characters')]
  }
  const known = mailPlaceholders(kind).filter((name) => path !== 'subject' || !secrets.has(name))
  const issues: ErrorIssue[] = []
  const names = [...content.matchAll(placeholderPattern)].map(([, name = '']) => name)
  if (names.some((name) => !known.includes(name)) || braces.test(content.replaceAll(placeholderPattern, ''))) {
    issues.push(issue(path, `can say ${known.map((name) => `{{${name}}}`).join(', ')}, and has no other double braces`))
  }
  const secret = known.find((name) => secrets.has(name))
  if (secret === undefined) return issues
  if (!names.includes(secret)) issues.push(issue(path, `must say {{${secret}}}`))
  if (aPartOfMore.test(path === 'html' ? visibleText(content) : content)) {
    issues.push(issue(path, `must have a space or a new line before {{${secret}}}`))
  }
  return issues
}

/** What comes before a link could make it a part of another address; what comes after it, only its own end another. */
const aPartOfMore = /[^ \n\r\t]\{\{ ?(?:link|code) ?\}\}/

/** Elements that show something and do nothing. */
const elements = new Set(
  (
    'html body div span p br hr h1 h2 h3 h4 h5 h6 a b strong i em u s small sub sup code pre blockquote ul ol li center img ' +
    'table thead tbody tfoot tr th td'
  ).split(' '),
)
const attributes = new Set(
  (
    'href src alt title style class width height align valign bgcolor color border cellpadding cellspacing colspan rowspan ' +
    'dir lang role target'
  ).split(' '),
)

const inline = new Set('a b strong i em u s small span sub sup code'.split(' '))

const tag = /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[a-z]+="[^"<>]*")*)\s*\/?>/g
const attribute = /([a-z]+)="([^"]*)"/g

/**
 * Markup is held to what reads the same everywhere: known elements, attributes in double quotes, nothing that loads or runs, and
 * no placeholder in an attribute but the link in its `href`. So what is a secret stays text, or a link that leads where it should.
 */
function checkMarkup(html: string): readonly ErrorIssue[] {
  const refusals = new Set<string>()
  for (const [, closing, name = '', said = ''] of html.matchAll(tag)) {
    if (!elements.has(name.toLowerCase())) refusals.add(`must not have the element ${name.slice(0, 20)}`)
    if (closing !== '' && said !== '') refusals.add('must have no attributes in closing tags')
    for (const [, attributeName = '', value = ''] of said.matchAll(attribute)) {
      const refusal = refuseAttribute(attributeName, value)
      if (refusal !== undefined) refusals.add(refusal)
    }
  }
  if (/[<>]/.test(visibleText(html))) {
    refusals.add('must be tags with attributes in double quotes; elsewhere < and > are written &lt; and &gt;')
  }
  return [...refusals].map((message) => issue('html', message))
}

/** What is between the tags; a paragraph ends a word, and what only looks different does not. */
const visibleText = (html: string): string =>
  html
    .replace(/^\s*<!doctype html>/i, '')
    .replaceAll(tag, (_tag, _closing: string, name: string) => (inline.has(name.toLowerCase()) ? '' : '\n'))

function refuseAttribute(name: string, value: string): string | undefined {
  if (!attributes.has(name)) return `must not have the attribute ${name.slice(0, 20)}`
  const isLink = name === 'href' && /^\{\{ ?link ?\}\}$/.test(value)
  if (braces.test(value) && !isLink) return `must say nothing in ${name} that is filled in, but the link in href`
  if (name === 'href' && !isLink && !/^(https:\/\/|mailto:)/.test(value))
    return 'must link to https or mailto addresses'
  if (name === 'src' && !value.startsWith('https://')) return 'must have images from https addresses'
  if (name === 'style' && /url|image|expression|import|\\|@|&/i.test(value)) return 'must load nothing in a style'
  return undefined
}
