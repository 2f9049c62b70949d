import type { ResolvedConfig } from 'cardea'

/** Where the auth routes of a collection are, below the origin. */
export const authPath = ({ basePath }: Pick<ResolvedConfig, 'basePath'>, collection: string): string =>
  `${basePath}${collection === 'users' ? '/auth' : `/collections/${collection}/auth`}`
