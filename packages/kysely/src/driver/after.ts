/** In how many parts a time is waited for. */
const parts = 4

/**
 * Calls back after a time. A process that is held up itself, as by many requests at once, has not read what came meanwhile: so
 * that this is not taken for the database's silence, a wait is several turns of the event loop, with a look at the network
 * before the last one is over.
 *
 * @returns Ends the wait.
 */
export function after(milliseconds: number, work: () => void): () => void {
  let left = parts
  const next = (): void => {
    left -= 1
    // An immediate is due after the network was looked at.
    if (left === 0) immediate = setImmediate(work)
    else timer = setTimeout(next, milliseconds / parts)
  }
  let immediate: NodeJS.Immediate | undefined
  let timer = setTimeout(next, milliseconds / parts)
  return () => {
    clearTimeout(timer)
    clearImmediate(immediate)
  }
}
