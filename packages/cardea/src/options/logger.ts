import { isolate } from '../services/isolate.js'

/**
 * Where Cardea reports to. Fields never hold passwords, tokens, codes or e-mail addresses; they may
 * hold an `Error`, of which `JSON.stringify` alone shows nothing. What a method answers is not
 * awaited, and what it throws or rejects with is lost.
 */
export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): unknown
  warn(message: string, fields?: Readonly<Record<string, unknown>>): unknown
  error(message: string, fields?: Readonly<Record<string, unknown>>): unknown
}

/**
 * Everything on the standard error output, as lines of JSON, so that no value can forge a line, steer a terminal or turn text
 * around.
 */
export const consoleLogger: Logger = {
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
  error: (message, fields) => write('error', message, fields),
}

/** A logger whose failures change nothing: what cannot be logged is lost. */
export function safeLogger(logger: Logger): Logger {
  const lost = (): void => undefined
  return {
    info: (message, fields) => isolate(() => logger.info(message, fields), lost),
    warn: (message, fields) => isolate(() => logger.warn(message, fields), lost),
    error: (message, fields) => isolate(() => logger.error(message, fields), lost),
  }
}

function write(level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const line = JSON.stringify({ level, message, ...fields }, describeErrors).replace(unprintable, escaped)
  process.stderr.write(`${line}\n`)
}

/** What JSON leaves as it is: it may stand in strings only, where it can be written by its number. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('')

function describeErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value
}
