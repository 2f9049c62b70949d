import { sqlite } from '@cardea/kysely/sqlite'
import { createCardea, type PasswordOptions } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { baseUrl, secret } from './settings.ts'

export interface CardeaSetup {
  readonly mode?: 'strict' | 'stateless'
  readonly passwords?: PasswordOptions
  /** Told of every statement, without BEGIN and COMMIT. */
  readonly onStatement?: (sql: string) => void
}

/** Cardea as an app in production has it, on a file. */
export function openCardea(file: string, { mode = 'strict', passwords = {}, onStatement }: CardeaSetup = {}) {
  const storage = sqlite(
    file,
    onStatement === undefined ? {} : { log: ({ kind, sql }) => (kind === 'statement' ? onStatement(sql) : undefined) },
  )
  return createCardea({
    ...cmsPreset,
    storage,
    secret,
    baseUrl,
    environment: 'production',
    sessions: { mode },
    passwords,
    logger: {
      info: () => undefined,
      warn: () => undefined,
      error: (message, fields) => console.error(message, fields),
    },
  })
}

export type CardeaPeer = ReturnType<typeof openCardea>
