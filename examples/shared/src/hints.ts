import type { Environment } from './environment.ts'

/** Says how to go on: who may sign in, and three requests to try. */
export function printHints(url: string, environment: Environment): void {
  const { admin, adminIsGenerated } = environment
  if (admin !== undefined) {
    console.log(
      `\nAdmin: ${admin.email}, password ${adminIsGenerated ? admin.password : 'as in ADMIN_PASSWORD'} (unless there was an admin before)`,
    )
  }
  console.log(`
Try:
  curl -w '\\n' ${url}/health
  curl -w '\\n' -c cookies.txt ${url}/api/v1/auth/login -H 'Content-Type: application/json' -d '{"email":"${admin?.email ?? 'you@example.com'}","password":"${adminIsGenerated ? admin?.password : 'your-password'}"}'
  curl -w '\\n' -b cookies.txt ${url}/posts
`)
}
