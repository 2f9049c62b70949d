import { createCardea, type PasswordOptions } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { openStorage } from './open-storage.ts'
import { baseUrl, secret } from './settings.ts'

export interface CardeaSetup {
  readonly mode?: 'strict' | 'stateless'
  readonly passwords?: PasswordOptions
  /** Told of every statement, without BEGIN and COMMIT. */
  readonly onStatement?: (sql: string) => void
  /** Given the text of each mail; without it, there are none. */
  readonly onMail?: (text: string) => void
}

/** Cardea as an app in production has it, on a file or by the URL of a server. */
export function openCardea(
  location: string,
  { mode = 'strict', passwords = {}, onStatement, onMail }: CardeaSetup = {},
) {
  const storage = openStorage(
    location,
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
    ...(onMail === undefined
      ? {}
      : { mail: { from: 'bench@bench.example', transport: async ({ text }) => onMail(text) } }),
    logger: {
      info: () => undefined,
      warn: () => undefined,
      error: (message, fields) => console.error(message, fields),
    },
  })
}

export type CardeaPeer = ReturnType<typeof openCardea>
