import { CardeaError } from '@cardea/core'

/** @returns What refuses an option of a function, by its name and never with its value. */
export const refuser =
  (maker: string) =>
  (option: string, rule: string): CardeaError =>
    new CardeaError('configuration_invalid', `${maker}: ${option} ${rule}`, {
      issues: [{ path: option, code: 'invalid', message: rule }],
    })

type Refuse = ReturnType<typeof refuser>

export function assertKnown(options: object, known: readonly string[], refuse: Refuse): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw refuse(name, `is not an option; there are ${known.join(', ')}`)
  }
}

export function assertWhole(
  value: number,
  { option, from, to }: { readonly option: string; readonly from: number; readonly to: number },
  refuse: Refuse,
): void {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return
  throw refuse(option, `must be a whole number from ${from} to ${to}`)
}

/** Names of keys and channels: no braces, which mean something to a cluster, and nothing that a shell would eat. */
export function assertName(value: string, option: string, refuse: Refuse): void {
  if (typeof value === 'string' && /^[\w:.\-/]{1,64}$/.test(value)) return
  throw refuse(option, 'must be 1 to 64 letters, digits and : . - _ /')
}

export function assertMethods(
  value: unknown,
  { option, methods }: { readonly option: string; readonly methods: readonly string[] },
  refuse: Refuse,
): void {
  const isIt =
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')
  if (!isIt) throw refuse(option, `must have the functions ${methods.join(', ')}`)
}
