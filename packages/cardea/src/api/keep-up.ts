import type { Services } from '../services/services.js'

/** What follows must not act on definitions of collections that are older than what a read has seen. */
export async function keepUp({ collections }: Services, seen: { readonly config: number } | undefined): Promise<void> {
  if (seen !== undefined && seen.config > collections.current.version) await collections.at(seen.config)
}
