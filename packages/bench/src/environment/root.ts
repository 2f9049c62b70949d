import { join } from 'node:path'

/** The folder of the repository. */
export const root = join(import.meta.dirname, '../../../..')

/** The folder of this package, from which its dependencies resolve. */
export const packageFolder = join(import.meta.dirname, '../..')
