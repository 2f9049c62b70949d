import { type CardeaError, isCardeaError } from '@cardea/core'

/** How a promise ends: with the code of an error of Cardea, with another error, or with none. */
export async function codeOf(promise: Promise<unknown>): Promise<CardeaError['code'] | 'none' | 'other'> {
  try {
    await promise
    return 'none'
  } catch (error) {
    return isCardeaError(error) ? error.code : 'other'
  }
}
