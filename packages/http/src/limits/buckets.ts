import type { RateLimitBucket, RateLimitRule } from '@cardea/core/limits'
import { addressPrefix, sitePrefix } from '@cardea/core/network'

/** How many clients of one site count as usual. */
const clientsPerSite = 10

/** As generous as for a whole site. */
export const forSite = (rule: RateLimitRule): RateLimitRule => ({
  ...rule,
  limit: rule.limit * clientsPerSite,
  burst: rule.burst * clientsPerSite,
})

/** The network that counts as one client. Clients whose address nobody knows share one rather than go without. */
export const networkOf = (address: string | null): string => (address === null ? 'unknown' : addressPrefix(address))

/** What a request of a network counts for. A client that is refused takes nothing from its neighbours. */
export function networkBuckets(
  name: string,
  rules: readonly RateLimitRule[],
  address: string | null,
): readonly RateLimitBucket[] {
  const clients = bucketsOf(name, rules, networkOf(address))
  const site = address === null ? undefined : sitePrefix(address)
  return site === undefined ? clients : [...clients, ...bucketsOf(name, rules.map(forSite), site)]
}

/** One for each rule; those after the first have names of their own. */
export const bucketsOf = (name: string, rules: readonly RateLimitRule[], whom: string): readonly RateLimitBucket[] =>
  rules.map((rule, index) => ({ key: `${index === 0 ? name : `${name} ${index + 1}`}|${whom}`, rule }))
