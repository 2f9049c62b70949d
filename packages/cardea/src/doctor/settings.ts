import { CardeaError } from '@cardea/core'
import { createKeyring } from '@cardea/core/crypto'
import type { Finding } from '@cardea/storage'
import { mailboxes } from '../mail/mailbox.js'
import type { MailOptions } from '../mail/options.js'
import type { ResolvedConfig } from '../options/resolve.js'
import { isEmptySecret, looksLikePlaceholder } from '../setup/assert-secrets.js'
import { type ProductionSettings, rootsIn } from '../setup/secrets.js'

/** What of the mail options says whether anybody gets a mail. */
type MailSettings = Pick<MailOptions, 'transport'>

const makeSecret = 'make one with `npx cardea secret`, keep it outside the code, and hand it in as `secret`'

/** Looks at what `ready()` refuses in production. Elsewhere the same is a warning: it is what production would refuse. */
export function examineSettings(
  settings: ProductionSettings & { readonly mail?: MailSettings | undefined },
  config: ResolvedConfig,
): readonly Finding[] {
  return [
    environmentFinding(config),
    secretFinding(settings, config),
    baseUrlFinding(settings, config),
    mailFinding(settings.mail, config),
  ]
}

function environmentFinding({ environment }: ResolvedConfig): Finding {
  const message = environment === 'production' ? 'it is production' : `it is ${environment}; production is stricter`
  return { name: 'environment', status: 'ok', message }
}

function secretFinding(settings: ProductionSettings, config: ResolvedConfig): Finding {
  const name = 'secret'
  const roots = rootsIn(settings)
  const status = refusedInProduction(config)
  if (isEmptySecret(settings)) {
    const message = 'it is empty: the variable that it is read from may not be set'
    return { name, status: 'problem', message, advice: makeSecret }
  }
  if (roots.length === 0) {
    const message = 'none is set: without one, everybody is signed out when the process ends'
    return { name, status, message, advice: makeSecret }
  }
  try {
    createKeyring(roots)
  } catch (error) {
    // The keyring names the place and the length, never the secret.
    const message = error instanceof CardeaError ? error.message : 'it cannot be used'
    return { name, status: 'problem', message, advice: makeSecret }
  }
  if (roots.some(looksLikePlaceholder)) {
    return { name, status, message: 'it looks like an example or is too regular', advice: makeSecret }
  }
  const count = roots.length === 1 ? 'one is set' : `${roots.length} are set: the first signs, all verify`
  return { name, status: 'ok', message: count }
}

function baseUrlFinding({ baseUrl }: ProductionSettings, config: ResolvedConfig): Finding {
  const name = 'base URL'
  if (baseUrl === undefined) {
    const message = `none is set: ${config.baseUrl} is taken`
    const advice = 'set `baseUrl` to the origin under which users reach the app'
    return { name, status: refusedInProduction(config), message, advice }
  }
  if (config.environment === 'production' && !config.secure) {
    const message = `${config.baseUrl} is not https: cookies and passwords travel in the clear`
    return { name, status: 'warning', message, advice: 'serve the app by https, and set `baseUrl` to that origin' }
  }
  return { name, status: 'ok', message: `it is ${config.baseUrl}` }
}

/** An app whose people never forget their passwords can do without. */
function mailFinding(mail: MailSettings | undefined, { environment }: ResolvedConfig): Finding {
  const name = 'mail'
  if (mail === undefined) {
    const message = 'none can be sent: nobody can reset a password or verify an address'
    return { name, status: 'warning', message, advice: 'set `mail`' }
  }
  const { transport } = mail
  if (typeof transport === 'string' || !mailboxes.has(transport))
    return { name, status: 'ok', message: 'it can be sent' }
  if (environment !== 'production') return { name, status: 'ok', message: 'createMailbox() keeps it in this process' }
  const message = 'nobody gets any: createMailbox() keeps all mails in this process'
  return { name, status: 'warning', message, advice: 'set `mail.transport` to an SMTP server, or to what sends mails' }
}

const refusedInProduction = ({ environment }: ResolvedConfig): 'problem' | 'warning' =>
  environment === 'production' ? 'problem' : 'warning'
