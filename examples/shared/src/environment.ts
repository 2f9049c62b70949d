import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What the demo reads from the environment; the README lists the variables. */
export interface Environment {
  readonly production: boolean
  readonly port: number
  readonly databaseUrl: string
  readonly secret: string
  readonly baseUrl: string
  readonly admin: { readonly email: string; readonly password: string } | undefined
  /** Whether the admin's password was made up here, so that it may be printed. */
  readonly adminIsGenerated: boolean
  readonly trustProxy: number | readonly string[] | undefined
  readonly cookieName: string | undefined
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly rateLimits: 'on' | 'off' | { readonly multiplier: number }
  readonly redisUrl: string | undefined
}

/** A value that cannot be used; the message names the variable. */
export class EnvironmentError extends Error {}

export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const production = env['NODE_ENV'] === 'production'
  const port = readPort(env['PORT'])
  const generated = production ? undefined : readDevelopmentSecrets()
  const secret = env['CARDEA_SECRET'] || generated?.secret
  if (secret === undefined) throw new EnvironmentError('CARDEA_SECRET is required in production')
  const baseUrl = env['BASE_URL'] || (production ? undefined : `http://localhost:${port}`)
  if (baseUrl === undefined) throw new EnvironmentError('BASE_URL is required in production')
  if (!URL.canParse(baseUrl) || new URL(baseUrl).origin !== baseUrl.replace(/\/$/, '')) {
    throw new EnvironmentError('BASE_URL must be an origin such as https://app.example')
  }
  const rateLimits = readRateLimits(env['RATE_LIMITS'])
  if (production && rateLimits === 'off') throw new EnvironmentError('RATE_LIMITS=off is refused in production')
  const named = readAdmin(env['ADMIN_EMAIL'], env['ADMIN_PASSWORD'])
  return {
    production,
    port,
    databaseUrl: env['DATABASE_URL'] || 'sqlite:./data/cardea.db',
    secret,
    baseUrl,
    admin: named ?? (generated && { email: 'admin@example.com', password: generated.adminPassword }),
    adminIsGenerated: named === undefined && generated !== undefined,
    trustProxy: readTrustProxy(env['TRUST_PROXY']),
    cookieName: env['COOKIE_NAME'] || undefined,
    smtpUrl: env['SMTP_URL'] || undefined,
    mailFrom: env['MAIL_FROM'] || 'Cardea demo <no-reply@demo.example>',
    rateLimits,
    redisUrl: readRedisUrl(env['REDIS_URL']),
  }
}

function readPort(value: string | undefined): number {
  const port = Number(value || 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new EnvironmentError('PORT must be a number up to 65535')
  return port
}

function readAdmin(email: string | undefined, password: string | undefined): Environment['admin'] {
  if (!email && !password) return undefined
  if (!email) throw new EnvironmentError('ADMIN_EMAIL is required beside ADMIN_PASSWORD')
  if (!password) throw new EnvironmentError('ADMIN_PASSWORD is required beside ADMIN_EMAIL')
  return { email, password }
}

function readRateLimits(value: string | undefined): Environment['rateLimits'] {
  if (!value || value === 'on') return 'on'
  if (value === 'off') return 'off'
  const multiplier = Number(/^x(\d{1,6})$/.exec(value)?.[1])
  if (!(multiplier >= 1)) throw new EnvironmentError('RATE_LIMITS must be on, off, or x and a factor such as x10')
  return { multiplier }
}

function readRedisUrl(value: string | undefined): string | undefined {
  if (!value) return undefined
  if (/^rediss?:\/\/[^/]/.test(value) && URL.canParse(value) && /^\/?\d{0,4}$/.test(new URL(value).pathname))
    return value
  throw new EnvironmentError(
    'REDIS_URL must be redis://<host>:<port> or rediss://…, and may end with the number of a database',
  )
}

function readTrustProxy(value: string | undefined): Environment['trustProxy'] {
  if (!value) return undefined
  return /^\d{1,2}$/.test(value) ? Number(value) : value.split(',').map((entry) => entry.trim())
}

/** A secret and an admin's password, random, kept beside the database so that a second start finds its data again. */
function readDevelopmentSecrets(): { readonly secret: string; readonly adminPassword: string } {
  const file = './data/development.json'
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true })
    const made = { secret: randomBytes(32).toString('base64url'), adminPassword: randomBytes(12).toString('base64url') }
    // Put in its place whole and once: of two nodes that start together, one makes it and both read it.
    const draft = `${file}.${process.pid}`
    writeFileSync(draft, JSON.stringify(made), { mode: 0o600 })
    try {
      linkSync(draft, file)
    } catch (error) {
      if (!existsSync(file)) throw error
    } finally {
      unlinkSync(draft)
    }
  }
  return JSON.parse(readFileSync(file, 'utf8')) as { secret: string; adminPassword: string }
}
