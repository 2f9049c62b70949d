import type { NextConfig } from 'next'

const config: NextConfig = {
  // `/roles/?q=ID` is a route of Cardea's.
  skipTrailingSlashRedirect: true,
  // Loaded by Node, as they are: drivers of databases and what else is not for a bundle.
  serverExternalPackages: [
    '@cardea/kysely',
    '@cardea/redis',
    'cardea',
    'kysely',
    'mysql2',
    'nodemailer',
    'pg',
    'redis',
  ],
  poweredByHeader: false,
  // `npm run typecheck` looks at all of the repository.
  typescript: { ignoreBuildErrors: true, tsconfigPath: 'tsconfig.next.json' },
}

export default config
