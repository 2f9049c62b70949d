import { handOverAddresses } from './instrumentation-node'

/** Run by Next when the server starts. */
export function register(): void {
  handOverAddresses()
}
