/** Longer ones are no browser's, and reading them takes time. */
const maximumUserAgentLength = 512

/**
 * What a user agent is called, such as `Firefox on Linux`. Only names that are known are given: the rest of a user agent
 * is whatever its sender wrote.
 *
 * @returns Undefined where neither browser nor system is known.
 */
export async function describeDevice(userAgent: string | undefined): Promise<string | undefined> {
  if (userAgent === undefined || userAgent === '') return undefined
  const { default: bowser } = await import('bowser')
  const { browser, os } = bowser.parse(userAgent.slice(0, maximumUserAgentLength))
  const browserName = known(browser.name, bowser.BROWSER_MAP)
  const systemName = known(os.name, bowser.OS_MAP)
  if (browserName === undefined) return systemName
  return systemName === undefined ? browserName : `${browserName} on ${systemName}`
}

const known = (name: string | undefined, names: Readonly<Record<string, string>>): string | undefined =>
  name !== undefined && Object.values(names).includes(name) ? name : undefined
