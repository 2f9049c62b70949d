import type { AuthzenMount } from './options.js'

/** Whether something is what `authzen` of `@cardea/http/authzen` has given. */
export const isMount = (value: unknown): value is AuthzenMount =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'authzen' && 'routes' in value
