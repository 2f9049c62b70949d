import { secretsOfUrl } from './url-secrets.js'

/** Variables whose values are secrets as a whole. */
const secretVariables = ['CARDEA_SECRET', 'CARDEA_ADMIN_PASSWORD'] as const

/** Shorter ones are words that may stand anywhere, and none that Cardea takes. */
const minimumSecretLength = 8

/** A shorter part of a password is a letter or a syllable of everything that is said. */
const minimumWordLength = 4

/**
 * Takes secrets out of a text: the values of our own variables, and user and password of any URL. Errors of drivers and of
 * the app's own modules are not ours, and may quote what they were given.
 *
 * A short password is taken out where it can be told from a word: in its URL, in quotes, or as the host that a driver made
 * of it.
 */
export function redact(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const { userInfos, passwords, pieces } = secretsOfUrl(env['DATABASE_URL'])
  const secrets = [...secretVariables.map((name) => env[name] ?? ''), ...passwords]
  let redacted = text
  for (const userInfo of longestFirst(userInfos.flatMap(spellings))) {
    redacted = redacted.replaceAll(`//${userInfo}@`, '//***@')
  }
  for (const secret of longestFirst(secrets.filter(isLong).flatMap(spellings))) {
    redacted = redacted.replaceAll(secret, '***')
  }
  for (const word of longestFirst([...passwords, ...pieces].filter((each) => !isLong(each)))) {
    redacted = redacted.replaceAll(asWord(word, pieces.includes(word)), '***')
  }
  for (const piece of longestFirst(pieces.filter(isLong))) redacted = redacted.replaceAll(piece, '***')
  return withoutUserInfo(redacted)
}

/** A value as JSON without secrets. They are taken out before: within JSON, those with a quote or a backslash read otherwise. */
export const redactedJson = (value: unknown, env: Readonly<Record<string, string | undefined>>): string =>
  JSON.stringify(value, (_key, member: unknown) => (typeof member === 'string' ? redact(member, env) : member))

/** URLs that are not ours. A web address has no user mostly, and an `@` in its path; of others, only the last one counts. */
const withoutUserInfo = (text: string): string =>
  text
    .replaceAll(/\b(https?:\/\/)[^\s/?#]*@/gi, '$1***@')
    .replaceAll(/\b(?!https?:|file:)([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1***@')

const isLong = (secret: string): boolean => secret.length >= minimumSecretLength

/** A secret as somebody may quote it: on one line, within quotes or JSON, or as a part of a URL. */
function spellings(secret: string): readonly string[] {
  const quoted = JSON.stringify(secret).slice(1, -1)
  const encoded = encodeURIComponent(secret.toWellFormed())
  const lowerCase = encoded.replaceAll(/%../g, (octet) => octet.toLowerCase())
  return [
    secret,
    secret.replaceAll(/\s*\n\s*/g, ' '),
    quoted,
    secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
    encoded,
    lowerCase,
  ]
}

/**
 * @param isPiece Whether it may have become a host, or a part of a name: then it also stands without quotes.
 */
function asWord(word: string, isPiece: boolean): RegExp {
  const escaped = word.replaceAll(/[$()*+./?[\\\]^{|}-]/g, '\\$&')
  const asHost = `(?<=\\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ETIMEDOUT|host) ["']?)${escaped}(?!\\w)`
  if (word.length < minimumWordLength) return new RegExp(isPiece ? `${asHost}|(?<!\\w)${escaped}(?=@)` : '(?!)', 'g')
  return new RegExp(isPiece ? `(?<!\\w)${escaped}(?!\\w)` : `(?<=["'\`])${escaped}(?=["'\`])`, 'g')
}

const longestFirst = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts)].filter((text) => text !== '').toSorted((left, right) => right.length - left.length)
