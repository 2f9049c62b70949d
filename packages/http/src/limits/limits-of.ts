import { CardeaError } from '@cardea/core'
import { createMemoryRateLimitStore, type RateLimitStore } from '@cardea/core/limits'
import { parseOptions } from '@cardea/core/options'
import type { Instance } from '../guard/instance.js'
import type { HttpOptions } from '../options/options.js'
import { checkRuleNames } from './check-names.js'
import { createHashBudget, type HashBudget } from './hash-budget.js'
import { createRateLimits, type RateLimits } from './rate-limits.js'
import { type RateLimitOptions, rulesOf } from './rules.js'
import { rateLimitOptionsSchema } from './schema.js'
import { createWrongKeys, type WrongKeys } from './wrong-keys.js'

/** What counts the requests of an instance; nothing where limits are off. */
export interface Limits {
  readonly limits: RateLimits | undefined
  readonly hashes: HashBudget | undefined
  readonly wrongKeys: WrongKeys | undefined
}

/** The handler and the guards of one instance count together. */
const memories = new WeakMap<object, RateLimitStore>()

/** @throws CardeaError `configuration_invalid` for rules that are for nothing, and for two stores. */
export function limitsOf(auth: Instance, options: HttpOptions, name: string): Limits {
  const choice = options.rateLimits ?? 'on'
  if (choice === 'off') return { limits: undefined, hashes: undefined, wrongKeys: undefined }
  const own: RateLimitOptions =
    choice === 'on' ? {} : parseOptions(rateLimitOptionsSchema, choice, `${name}: rateLimits`)
  const { multiplier = 1, rules = {}, audiences = {}, store } = own
  checkRuleNames(rules, `${name}: rateLimits.rules`)
  if (store !== undefined && options.rateLimitStore !== undefined) {
    throw new CardeaError('configuration_invalid', `${name}: give rateLimits.store or rateLimitStore, not both`)
  }
  const { clock } = auth.config
  const { hash, ...others } = rules
  const counter = storeOf(auth, options.rateLimitStore ?? store ?? 'memory')
  const limits = createRateLimits({ store: counter, clock, multiplier, rules: others, audiences })
  return {
    limits,
    hashes: createHashBudget(clock, multiplier, hash === undefined ? undefined : rulesOf(hash)),
    wrongKeys: createWrongKeys(limits, counter, clock),
  }
}

function storeOf(auth: Instance, store: NonNullable<RateLimitOptions['store']>): RateLimitStore {
  if (store === 'database') return auth.rateLimitStore
  if (store !== 'memory') return store
  const memory = memories.get(auth) ?? createMemoryRateLimitStore()
  memories.set(auth, memory)
  return memory
}
