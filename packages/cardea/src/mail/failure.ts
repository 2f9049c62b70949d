/** Why a mail was not sent. */
export interface MailFailure {
  /** A stable name, without anything of the message; at most 64 characters. */
  readonly code: string
  /** Whether trying again cannot help. */
  readonly permanent: boolean
  /** The place in the app's code, where that is known. */
  readonly at?: string
}

/** A failure on its way out of a step. */
export class MailStepError extends Error {
  readonly failure: MailFailure

  constructor(failure: MailFailure, cause?: unknown) {
    super(failure.code, { cause })
    this.failure = failure
  }
}

/**
 * What a step's error says. Its message is left out: servers quote addresses in theirs, and templates whatever they were
 * told.
 */
export function failureOf(step: string, error: unknown): MailFailure {
  if (error instanceof MailStepError) return error.failure
  const { code, originalCode, responseCode, stack } = detailsOf(error)
  const name = nameIn(code)
  // nodemailer's own code says what it was about (ESOCKET), and this one what the network said (ECONNREFUSED).
  const cause = nameIn(originalCode)
  const answer = typeof responseCode === 'number' && Number.isInteger(responseCode) ? responseCode : undefined
  const said = [name, cause === name ? undefined : cause, answer].filter((word) => word !== undefined)
  const frame = typeof stack === 'string' ? /^\s+at .+$/m.exec(stack)?.[0].trim().slice(0, 300) : undefined
  return {
    code: [step, ...said].join(':').slice(0, 64),
    // The server knows no such recipient, and says that it never will: asking again would only cost reputation.
    permanent: name === 'EENVELOPE' && answer !== undefined && answer >= 500 && answer < 600,
    ...(frame === undefined ? {} : { at: frame }),
  }
}

const nameIn = (code: unknown): string | undefined =>
  typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_]{1,30}$/.test(code) ? code : undefined

interface Details {
  readonly code?: unknown
  readonly originalCode?: unknown
  readonly responseCode?: unknown
  readonly stack?: unknown
}

/** What was thrown may be anything, also an object whose properties throw. */
function detailsOf(error: unknown): Details {
  if (typeof error !== 'object' || error === null) return {}
  try {
    const { code, originalCode, responseCode, stack } = error as Details
    return { code, originalCode, responseCode, stack }
  } catch {
    return {}
  }
}
