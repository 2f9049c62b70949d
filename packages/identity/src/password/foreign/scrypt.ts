import { scrypt, timingSafeEqual } from 'node:crypto'
import type { RandomBytes } from '@cardea/core/crypto'
import { fromPhcBase64, toPhcBase64 } from '../phc.js'
import type { ForeignHash } from './foreign-hash.js'

interface ScryptCost {
  /** Base-2 logarithm of N. */
  readonly logN: number
  readonly blockSize: number
  readonly parallelism: number
}

/**
 * What new hashes cost where Argon2 cannot be loaded: N = 2^15, r = 8, p = 3. Of OWASP's equal choices from N = 2^17, p = 1
 * to 2^13, p = 10 it is the one with 32 MiB a hash, near Argon2id's 19: with 2^17 each would take 128 MiB, which several at
 * once do not have in a small container.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const fallbackCost: ScryptCost = { logN: 15, blockSize: 8, parallelism: 3 }
const saltBytes = 16
const outputBytes = 32

/** The most that a stored hash may cost: N · r · p of OWASP's dearest choice (N = 2^17, r = 8), which is 128 MiB at most. */
const ceiling = 2 ** 20

const phcPattern =
  /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,2}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{1,172})\$([A-Za-z0-9+/]{22,172})$/

/** `saltHex:keyHex`, as better-auth keeps it, or with the name under which it is kept here. */
const betterAuthPattern = /^(?:\$better-auth-scrypt\$)?([0-9a-f]{32})[:$]([0-9a-f]{128})$/

/** Reads scrypt hashes: PHC strings (`$scrypt$ln=15,r=8,p=3$salt$hash`) and those of better-auth. */
export function readScrypt(text: string): ForeignHash | undefined {
  return readPhc(text) ?? readBetterAuth(text)
}

function readPhc(text: string): ForeignHash | undefined {
  const [, logN, blockSize, parallelism, encodedSalt = '', encodedOutput = ''] = phcPattern.exec(text) ?? []
  const salt = fromPhcBase64(encodedSalt)
  const output = fromPhcBase64(encodedOutput)
  if (logN === undefined || salt === undefined || output === undefined) return undefined
  const cost = { logN: Number(logN), blockSize: Number(blockSize), parallelism: Number(parallelism) }
  if (!isAffordable(cost)) return undefined
  return {
    algorithm: 'scrypt',
    stored: text,
    isFallback:
      cost.logN === fallbackCost.logN &&
      cost.blockSize === fallbackCost.blockSize &&
      cost.parallelism === fallbackCost.parallelism &&
      salt.length >= saltBytes &&
      output.length >= outputBytes,
    verify: async (password) => timingSafeEqual(await deriveWithScrypt(password, salt, output.length, cost), output),
  }
}

/** Its salt is the text of the hexadecimal digits, not the bytes that they stand for, and its password is in NFKC. */
function readBetterAuth(text: string): ForeignHash | undefined {
  const [, salt, key] = betterAuthPattern.exec(text) ?? []
  if (salt === undefined || key === undefined) return undefined
  const output = Buffer.from(key, 'hex')
  const cost: ScryptCost = { logN: 14, blockSize: 16, parallelism: 1 }
  return {
    algorithm: 'scrypt',
    stored: `$better-auth-scrypt$${salt}$${key}`,
    isFallback: false,
    verify: async (password) =>
      timingSafeEqual(
        await deriveWithScrypt(password.normalize('NFKC'), Buffer.from(salt), output.length, cost),
        output,
      ),
  }
}

/** Hashes a password as it is given. @returns A PHC string. */
export async function hashWithScrypt(password: string, random: RandomBytes): Promise<string> {
  const { logN, blockSize, parallelism } = fallbackCost
  const salt = random(saltBytes)
  const output = await deriveWithScrypt(password, salt, outputBytes, fallbackCost)
  return `$scrypt$ln=${logN},r=${blockSize},p=${parallelism}$${toPhcBase64(salt)}$${toPhcBase64(output)}`
}

function isAffordable({ logN, blockSize, parallelism }: ScryptCost): boolean {
  // RFC 7914 §2: N is below 2^(128 · r / 8).
  return logN < 16 * blockSize && 2 ** logN * blockSize * parallelism <= ceiling
}

export function deriveWithScrypt(
  password: string,
  salt: Uint8Array,
  length: number,
  cost: ScryptCost,
): Promise<Buffer> {
  const { logN, blockSize, parallelism } = cost
  const options = {
    N: 2 ** logN,
    r: blockSize,
    p: parallelism,
    // Twice what RFC 7914 §6 counts; Node's own limit would refuse what is within ours.
    maxmem: 256 * blockSize * (2 ** logN + parallelism + 2),
  }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
