/** Variables whose values are secrets as a whole. */
const secretVariables = ['CARDEA_SECRET', 'CARDEA_ADMIN_PASSWORD'] as const

/** Shorter ones are words that may stand anywhere, and none that Cardea takes. */
const minimumSecretLength = 8

/**
 * Takes secrets out of a text: the values of our own variables, and user and password of any URL. Errors of drivers and of
 * the app's own modules are not ours, and may quote what they were given.
 */
export function redact(text: string, env: Readonly<Record<string, string | undefined>>): string {
  let redacted = text
  for (const secret of secretsOf(env)) redacted = redacted.replaceAll(secret, '***')
  return redacted.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']*@/gi, '$1***@')
}

function secretsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const values: (string | undefined)[] = secretVariables.map((name) => env[name])
  const url = env['DATABASE_URL']
  if (url !== undefined && URL.canParse(url)) {
    const { password } = new URL(url)
    values.push(password, decoded(password))
  }
  return values.filter((value): value is string => value !== undefined && value.length >= minimumSecretLength)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
