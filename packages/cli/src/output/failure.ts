import { isCardeaError } from '@cardea/core'
import { CliError, type ExitCode } from '../cli-error.js'

/** An error as it is shown. */
export interface Failure {
  readonly code: string
  /** One line. */
  readonly message: string
  readonly exitCode: ExitCode
}

/** What else there is to say about an error of Cardea, by its code. */
const hints: Readonly<Record<string, string>> = {
  schema_outdated: 'On the command line: `cardea migrate`.',
}

/** Errors of which the database knows more. What it says is not for users of an app, but for who runs it. */
const saysLittle: ReadonlySet<string> = new Set(['unavailable', 'internal_error', 'unique_violation'])

/** An error as one line, whoever threw it. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CliError) return { code: error.code, message: oneLine(error.message), exitCode: error.exitCode }
  if (!isCardeaError(error)) return { code: 'internal_error', message: oneLine(messageOf(error)), exitCode: 1 }
  const { code, message, issues = [], cause } = error
  const places = issues.map(({ path, message: reason }) => (path === '' ? reason : `${path} ${reason}`)).join('; ')
  const parts = [
    message,
    // The schema's problems are in the message already.
    ...(places === '' || code === 'schema_outdated' ? [] : [`(${places})`]),
    ...(saysLittle.has(code) && cause !== undefined && !message.includes(messageOf(cause))
      ? [`(${messageOf(cause)})`]
      : []),
    ...(hints[code] === undefined || message.includes('cardea migrate') ? [] : [hints[code]]),
  ]
  return { code, message: oneLine(parts.join(' ')), exitCode: 1 }
}

/** The message of whatever was thrown. A host with several addresses fails with one error for each, and none of its own. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `something was thrown that is no error: ${String(error)}`
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ')
  return error.message === '' ? error.name : error.message
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').trim()

/** Where an error comes from, its causes included. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`
}
