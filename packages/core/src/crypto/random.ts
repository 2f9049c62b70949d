/** Fills a new array with bytes from a cryptographically secure generator. */
export type RandomBytes = (length: number) => Uint8Array

/** The platform's cryptographically secure generator. */
export const secureRandom: RandomBytes = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length))
