import type { UserTransfer } from 'cardea'
import { CliError } from '../../cli-error.js'
import type { Instance } from '../../config/instance.js'

/** The users of an auth collection, once the instance is ready for them. */
export async function collectionOf(auth: Instance, name: string): Promise<UserTransfer> {
  await auth.ready()
  const api = await auth.findCollection(name)
  if (api !== undefined) return api
  throw new CliError('not_found', `--collection: there is no auth collection ${name}`)
}
