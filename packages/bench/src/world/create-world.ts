import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import type { Scale } from '../measure/scale.ts'
import { argon2Cost, password } from '../peers/settings.ts'
import { seedBetterAuth } from './seed-better-auth.ts'
import { seedCardea } from './seed-cardea.ts'
import type { World } from './world.ts'

/** How many accounts are signed in to in turn. */
const signerCount = 40

/** Makes the databases of a run, side by side in one folder. */
export async function createWorld(scale: Scale): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-bench-'))
  const argon2Hash = await hash(password, argon2Cost)
  return {
    folder,
    cardea: await seedCardea(folder, scale, argon2Hash, signerCount),
    betterAuth: await seedBetterAuth(folder, scale, argon2Hash, signerCount),
  }
}

export function removeWorld({ folder }: World): void {
  rmSync(folder, { recursive: true, force: true })
}
