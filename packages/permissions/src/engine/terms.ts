/** What is known of the one who asks and of the request, for conditions. Own members count, inherited ones do not. */
export interface Circumstances {
  /** Values of `principal.…` references. `principal.id` is always the subject's id. */
  readonly principal?: Readonly<Record<string, unknown>>
  /** Values of `context.…` references. */
  readonly context?: Readonly<Record<string, unknown>>
}

/** A role that a subject holds, by assignment. */
export interface HeldRole {
  readonly id: string
  readonly label: string
}

/** The answer to a question: `conditional` when it depends on an object or a field that the question did not name. */
export type Decision = 'allowed' | 'denied' | 'conditional'
