import type { NextConfig } from 'next'

const config: NextConfig = {
  skipTrailingSlashRedirect: true,
  typescript: { ignoreBuildErrors: true, tsconfigPath: 'tsconfig.next.json' },
}
export default config
