import { styleText } from 'node:util'
import type { CliIo } from '../io.js'
import { redact, redactedJson } from './redact.js'

type Colour = 'green' | 'yellow' | 'red' | 'dim'

/** Writes answers and notes, without secrets. */
export interface Printer {
  /** Whether the answer is JSON. */
  readonly json: boolean
  /** A line of the answer, for people. */
  line(text?: string): void
  /** The whole answer, for programs. */
  data(value: unknown): void
  /** A line beside the answer. */
  note(text: string): void
  paint(colour: Colour, text: string): string
}

export function createPrinter(io: CliIo, { json }: { readonly json: boolean }): Printer {
  const safe = (text: string): string => redact(text, io.env)
  return {
    json,
    line: (text = '') => io.stdout(`${safe(text)}\n`),
    data: (value) => io.stdout(`${redactedJson(value, io.env)}\n`),
    note: (text) => io.stderr(`${safe(text)}\n`),
    // Whether there are colours is decided once, by what stdout is.
    paint: (colour, text) => (io.colours ? styleText(colour, text, { validateStream: false }) : text),
  }
}
