import type { MailOptions } from './options.js'

/**
 * Where a transport connects to, for the log: `mail.example:587`, or the service that nodemailer knows by name.
 *
 * @returns Undefined for a function, and wherever it is not certain: nothing that signs in there may be shown.
 */
export function serverOf(transport: MailOptions['transport']): string | undefined {
  if (typeof transport === 'function') return undefined
  const { url, host, port, secure, service } = typeof transport === 'string' ? { url: transport } : transport
  if (typeof url === 'string') return hostOf(url)
  if (typeof host === 'string') return withPort(host, port, secure === true)
  return typeof service === 'string' ? service : undefined
}

/** Of a URL that a bare `/`, `?` or `#` in the password has torn, the host would be its beginning; the `@` is behind it then. */
function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, port, pathname, search, hash } = new URL(url)
  if (hostname === '' || `${pathname}${search}${hash}`.includes('@')) return undefined
  return withPort(hostname, port, protocol === 'smtps:')
}

/** The ports that nodemailer takes where none is given. */
const withPort = (host: string, port: unknown, secure: boolean): string =>
  `${host}:${Number(port) || (secure ? 465 : 587)}`
