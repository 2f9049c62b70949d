import { pbkdf2Sync } from 'node:crypto'

/** What another system would have stored for a password: quick to check, and due to be replaced. */
export function importedHash(password: string): string {
  const output = pbkdf2Sync(password, 'somesalt', 1, 32, 'sha256')
  return `$pbkdf2-sha256$i=1$${Buffer.from('somesalt').toString('base64').replace(/=+$/, '')}$${output.toString('base64').replace(/=+$/, '')}`
}
