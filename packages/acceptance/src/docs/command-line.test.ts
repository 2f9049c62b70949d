import { describe, expect, it } from 'vitest'
import { createProject } from '../cli-project.js'
import { startDemo } from '../demo-server.js'
import { blocksOf } from './pages.js'
import { freePort } from './quick-starts.js'

const boss = { email: 'boss@example.com', password: 'a better password' }
const secret = 'a secret for tests: 7f3b9c1e5a2d80'

describe.each(['docs/hono.md', 'docs/express.md'])('the app with the command line of %s', (page) => {
  it('is migrated, gets its first admin, and serves', async () => {
    const port = String(await freePort())
    const files = blocksOf(page).filter(({ language, file }) => language === 'ts' && file !== undefined)
    expect(files.map(({ file }) => file)).toEqual(['auth.ts', 'server.ts', 'cardea.config.ts'])
    const app = createProject({
      'package.json': '{"type":"module"}',
      ...Object.fromEntries(files.map(({ file, text }) => [file, text.replaceAll('3000', port)])),
    })
    const env = { CARDEA_SECRET: secret }

    expect(await app.cardea(['migrate'], { env })).toMatchObject({ exitCode: 0 })
    const made = await app.cardea(['admin', 'create', '--email', boss.email, '--password-stdin'], {
      env,
      input: `${boss.password}\n`,
    })
    expect(made, made.stderr).toMatchObject({ exitCode: 0 })
    const server = await startDemo(env, app.folder, `${app.folder}/server.ts`)
    try {
      expect((await fetch(`${server.url}/posts`)).status).toBe(401)
      const login = await fetch(`${server.url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(boss),
      })
      const { access_token: token } = (await login.json()) as { readonly access_token: string }
      const posts = await fetch(`${server.url}/posts`, { headers: { Authorization: `Bearer ${token}` } })
      expect([posts.status, await posts.json()]).toEqual([200, []])
    } finally {
      await server.stop('SIGKILL')
    }
  })
})
