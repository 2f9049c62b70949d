/** The current instant in milliseconds since 1970-01-01T00:00:00Z. Passed in everywhere, so that tests own the time. */
export type Clock = () => number

/** The machine's clock: the one place of Cardea that reads it. */
export const systemClock: Clock = () => Date.now()
