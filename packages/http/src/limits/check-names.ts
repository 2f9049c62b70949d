import { CardeaError } from '@cardea/core'
import { meantBy } from '@cardea/core/options'
import { routeNames } from './route-names.js'
import { ruleNames } from './rules.js'

/**
 * Sees that every rule is for something that there is.
 *
 * @throws CardeaError `configuration_invalid` that names the rule, and what it may have meant.
 */
export function checkRuleNames(rules: Readonly<Record<string, unknown>>, option: string): void {
  const known = [...ruleNames, ...routeNames()]
  for (const name of Object.keys(rules)) {
    if (known.includes(name)) continue
    const hint = meantBy(name, known) ?? `use one of ${ruleNames.join(', ')}, or a route such as "POST /auth/login"`
    throw new CardeaError(
      'configuration_invalid',
      `${option}: "${name.slice(0, 80)}" is no class and no route; ${hint}`,
    )
  }
}
