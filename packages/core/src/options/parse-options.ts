import type * as z from 'zod/mini'
import { CardeaError } from '../errors.js'
import { hintingContext, validate } from './validate.js'

/**
 * Checks options against a strict schema and freezes the result.
 *
 * @param name What the options belong to, such as `createCardea`; it opens the message.
 * @throws CardeaError `configuration_invalid`, whose message and issues name each wrong path and never a value,
 * and of an unknown option what may have been meant.
 */
export function parseOptions<Output>(
  schema: z.core.$ZodType<Output>,
  options: unknown,
  name: string,
): Readonly<Output> {
  const result = validate(schema, options, hintingContext)
  if (result.valid) return Object.freeze(result.value)
  const lines = result.issues.map((issue) => `${issue.path === '' ? 'options' : issue.path} ${issue.message}`)
  throw new CardeaError('configuration_invalid', `${name}: ${lines.join('; ')}`, { issues: result.issues })
}
