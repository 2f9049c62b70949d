import { CardeaError } from '@cardea/core'
import { usersName } from '../options/users-name.js'

/** Where the pages of the app are that links in mails lead to. */
export interface MailLinks {
  /** Default `/verify-email`. */
  readonly verification?: string
  /** Default `/reset-password`. */
  readonly passwordReset?: string
  /** Default `/confirm-email-change`. */
  readonly emailChange?: string
  /** Default `/accept-invitation`. */
  readonly invitation?: string
  /** Origins beside the base URL that pages may be at, such as `https://shop.example`. */
  readonly origins?: readonly string[]
  /**
   * Where the token stands. In the `fragment` (default), which browsers send to no server: it is in no log and no
   * `Referer`. In the `query` for pages without JavaScript; those must answer with `Referrer-Policy: no-referrer`.
   */
  readonly tokenIn?: 'fragment' | 'query'
}

/** Kinds of mail with a link. */
export type LinkKind = 'verification' | 'password_reset' | 'email_change' | 'invitation'

const pageOf = (links: MailLinks, kind: LinkKind): string => {
  if (kind === 'verification') return links.verification ?? '/verify-email'
  if (kind === 'password_reset') return links.passwordReset ?? '/reset-password'
  if (kind === 'invitation') return links.invitation ?? '/accept-invitation'
  return links.emailChange ?? '/confirm-email-change'
}

/**
 * The page that a token is for. Nothing of a request takes part, so no `Host` header leads anybody elsewhere.
 *
 * `{collection}` in the page stands for the name of the collection; where it does not occur, collections other than
 * `users` are named beside the token.
 *
 * @see OWASP Forgot Password Cheat Sheet, "URL Tokens"
 */
export function mailLink(
  baseUrl: string,
  links: MailLinks,
  target: { readonly kind: LinkKind; readonly collection: string; readonly token: string },
): string {
  const { kind, collection, token } = target
  const page = pageOf(links, kind)
  const url = new URL(page.replaceAll('{collection}', encodeURIComponent(collection)), baseUrl)
  const words = new URLSearchParams({ token })
  if (collection !== usersName && !page.includes('{collection}')) words.set('collection', collection)
  if (links.tokenIn === 'query') for (const [name, value] of words) url.searchParams.set(name, value)
  else url.hash = words.toString()
  return url.href
}

/**
 * Refuses pages that a token must not be sent to.
 *
 * @throws CardeaError `configuration_invalid`, which names the option.
 */
export function assertLinks(links: MailLinks, baseUrl: string): void {
  for (const name of ['verification', 'passwordReset', 'emailChange', 'invitation'] as const) {
    const page = links[name]
    const problem = page === undefined ? undefined : pageProblem(page, baseUrl, links.origins ?? [])
    if (problem === undefined) continue
    throw new CardeaError('configuration_invalid', `createCardea: mail.links.${name} ${problem}`)
  }
}

/** What is wrong with a page; undefined when a link may lead there. */
function pageProblem(page: string, baseUrl: string, origins: readonly string[]): string | undefined {
  const filled = page.replaceAll('{collection}', 'collection')
  if (!URL.canParse(filled, baseUrl)) return 'must be a path or a URL'
  const url = new URL(filled, baseUrl)
  if (url.username !== '' || url.password !== '' || url.hash !== '') return 'must hold no user name and no fragment'
  // With the name of the host left open, a collection could choose where tokens go.
  if (!page.startsWith('/') && !filled.startsWith(`${url.origin}/`)) return 'must be a path or a URL'
  if (new URL(page.replaceAll('{collection}', 'other'), baseUrl).origin !== url.origin) return 'must name its host'
  const allowed = [baseUrl, ...origins.map((origin) => new URL(origin).origin)]
  return allowed.includes(url.origin) ? undefined : 'must be at the base URL or at one of mail.links.origins'
}
