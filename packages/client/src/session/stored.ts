import { CardeaClientError } from '../errors/client-error.js'

/**
 * Uses the storage, which is the app's or the browser's: it may be full, or forbidden.
 *
 * @throws CardeaClientError `storage_failed`
 */
export async function stored<Result>(use: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await use()
  } catch (cause) {
    throw new CardeaClientError('storage_failed', 'The storage of the tokens cannot be used.', { cause })
  }
}
