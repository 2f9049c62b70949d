import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { strangersEnvironment } from './work.mjs'

const root = resolve(import.meta.dirname, '../..')

/** The app of the README, letter by letter. */
export function readTenLines() {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const code = /^## In your app\n+```ts\n(.*?)^```$/ms.exec(text)?.[1]
  if (code === undefined) throw new Error('README.md has no ten lines')
  return code
}

/** The same for CommonJS: `require` for `import`, and a function around what awaits. */
export function toCommonJs(code, importLine = (names, from) => `const ${names} = require(${from})`) {
  const lines = code.split('\n')
  const isImport = (line) => line.startsWith('import ')
  const imports = lines
    .filter(isImport)
    .map((line) => line.replace(/^import (\{.*\}) from ('.*')$/, (_, names, from) => importLine(names, from)))
  return [
    ...imports,
    'async function main() {',
    ...lines.filter((line) => !isImport(line)),
    '}',
    'void main()',
    '',
  ].join('\n')
}

/** Writes the app into a project, with a port of the environment's choice: several run at once. */
export function writeTenLines({ kind, folder }) {
  const code = replaced(
    replaced(readTenLines(), 'port: 3000', "port: Number(process.env['PORT'])"),
    "'http://localhost:3000',",
    "process.env['BASE_URL'],",
  )
  // Node takes the types away by itself; there are none in CommonJS.
  if (kind === 'module') writeFileSync(join(folder, 'app.ts'), code)
  else writeFileSync(join(folder, 'app.js'), toCommonJs(code))
}

function replaced(text, part, by) {
  if (!text.includes(part)) throw new Error(`the ten lines of README.md hold no ${part}`)
  return text.replace(part, by)
}

/** Starts the app and does what the README promises, over HTTP. */
export async function runTenLines(node, { kind, folder }) {
  const where = `the README's app, ${kind}, Node ${node.version}`
  const port = await freePort()
  const url = `http://localhost:${port}`
  // A database of its own below the project, where the packages still resolve.
  const cwd = mkdtempSync(join(folder, 'run-'))
  const child = spawn(node.program, [join(folder, kind === 'module' ? 'app.ts' : 'app.js')], {
    cwd,
    env: strangersEnvironment({ PORT: String(port), BASE_URL: url, CARDEA_SECRET: randomBytes(32).toString('hex') }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const exited = new Promise((done) => child.once('exit', done))
  try {
    await printed(() => output, /listening on/, exited)
    const [, setupCode] = /setup_code\W+([\w-]{24})/.exec(output) ?? []
    if (setupCode === undefined) throw new Error('logs no setup code')
    await walk(url, setupCode)
  } catch (error) {
    throw new Error(`${where}: ${error.message}\n${output}`)
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}

async function walk(url, setupCode) {
  const password = 'correct horse battery staple'
  const ask = async (wanted, method, path, { body, cookie, token } = {}) => {
    const headers = { ...(cookie && { cookie }), ...(token && { authorization: `Bearer ${token}` }) }
    const request = { method, headers }
    if (body !== undefined) {
      headers['content-type'] = 'application/json'
      request.body = JSON.stringify(body)
    }
    const response = await fetch(url + path, request)
    const text = await response.text()
    if (response.status !== wanted) throw new Error(`${method} ${path}: ${response.status} for ${wanted}: ${text}`)
    const [set] = response.headers.getSetCookie()
    return { answer: text === '' ? undefined : JSON.parse(text), cookie: set?.split(';')[0] }
  }
  const expect = (what, found, wanted) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(found)}`)
  }
  const api = '/api/v1/auth'

  const { answer: anonymous } = await ask(401, 'GET', '/posts')
  expect('code of an anonymous request', anonymous.code, 'unauthenticated')
  const ann = { email: 'ann@example.com', password }
  await ask(201, 'POST', `${api}/register`, { body: ann })
  const { answer: refused } = await ask(401, 'POST', `${api}/login`, { body: { ...ann, password: 'wrong password' } })
  expect('code of a wrong password', refused.code, 'invalid_credentials')
  const signedIn = await ask(200, 'POST', `${api}/login`, { body: ann })
  const { answer: byCookie } = await ask(200, 'GET', '/me', { cookie: signedIn.cookie })
  expect('who the cookie stands for', byCookie, { id: signedIn.answer.user_id })
  const { answer: byToken } = await ask(200, 'GET', '/me', { token: signedIn.answer.access_token })
  expect('who the token stands for', byToken, byCookie)
  const { answer: posts } = await ask(200, 'GET', '/posts', { token: signedIn.answer.access_token })
  expect('posts of a viewer', posts, [])

  const boss = { email: 'boss@example.com', password, setup_code: setupCode }
  const { answer: admin } = await ask(201, 'POST', `${api}/register`, { body: boss })
  expect('role of the first admin', admin.user.role, 'admin')

  const customer = await ask(201, 'POST', '/api/v1/collections/customers/auth/register', {
    body: { email: 'carl@example.com', password, company: 'ACME' },
  })
  const { answer: stranger } = await ask(401, 'GET', '/me', { token: customer.answer.access_token })
  expect('code of a token of another collection', stranger.code, 'token_invalid')

  await ask(200, 'POST', `${api}/logout`, { cookie: signedIn.cookie })
  await ask(401, 'GET', '/me', { cookie: signedIn.cookie })
  await ask(401, 'GET', '/me', { token: signedIn.answer.access_token })
}

async function printed(output, pattern, exited) {
  let over = false
  void exited.then(() => {
    over = true
  })
  for (let waited = 0; !pattern.test(output()); waited += 50) {
    if (over || waited > 30_000) throw new Error(over ? 'ended at once' : 'is not ready after 30 s')
    await new Promise((done) => setTimeout(done, 50))
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail)
    server.listen(0, () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
