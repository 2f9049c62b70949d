import { isCardeaError } from '@cardea/core'

/** What to do about an error, where its code says it. */
const advices: Readonly<Record<string, string>> = {
  schema_outdated: 'run `npx cardea migrate`, or auth.migrate()',
  unavailable: 'start the database, or mend the address, the user or the password that leads to it',
  configuration_invalid: 'change what it names',
}

/** An error as a finding tells it: what the database said is part of it, since nobody but the operator reads it. */
export function explain(error: unknown): { readonly message: string; readonly advice: string } {
  if (!isCardeaError(error)) return { message: textOf(error), advice: 'see the log, and report it if it is ours' }
  const { message, code, cause } = error
  const saysLittle = code === 'unavailable' || code === 'internal_error'
  // What a look at the schema throws says why in its message.
  const reason = saysLittle && cause !== undefined && !message.includes(textOf(cause)) ? ` (${textOf(cause)})` : ''
  return { message: `${message}${reason}`, advice: advices[code] ?? 'see docs/errors.md' }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown'
  // A host with several addresses fails with one error for each, and a message in none of them but these.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join(', ')
  return error.message
}
