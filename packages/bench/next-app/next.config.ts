import type { NextConfig } from 'next'

const config: NextConfig = {
  serverExternalPackages: ['@cardea/kysely', 'cardea', 'kysely', 'mysql2', 'pg'],
  poweredByHeader: false,
  typescript: { ignoreBuildErrors: true, tsconfigPath: 'tsconfig.next.json' },
}
export default config
