import { checkStoredSettings, type StorableSettings } from '@cardea/collections'
import { type FindQuery, type RowOf, type StorageOperations, settings as settingsTable } from '@cardea/storage'
import type { Logger } from '../options/logger.js'

/** The scope of what all collections inherit. */
export const everyScope = ''

/** Settings that were changed at run time, as of one version of them. */
export interface StoredSettings {
  /** Those that all collections inherit. */
  readonly all: StorableSettings
  /** Those of single collections, by their names. */
  readonly of: ReadonlyMap<string, StorableSettings>
}

export const noSettings: StoredSettings = Object.freeze({ all: {}, of: new Map() })

type SettingsRow = RowOf<typeof settingsTable>

const allRows: FindQuery<typeof settingsTable> = {
  orderBy: [{ field: 'scope', direction: 'asc' }],
  limit: 'all',
}

/** All that is stored; there is a row for each collection at most. */
export const findSettings = (operations: StorageOperations): Promise<readonly SettingsRow[]> =>
  operations.find(settingsTable, allRows)

export function settingsOf(rows: readonly SettingsRow[], logger: Logger): StoredSettings {
  const known = rows.map((row) => [row.scope, contentOf(row, logger)] as const)
  const of = new Map(known)
  const all = of.get(everyScope) ?? {}
  of.delete(everyScope)
  return Object.freeze({ all, of })
}

/**
 * What a row says. Should it say what this version does not understand, such as after going back to an older one, whoever wrote
 * it may have meant to keep somebody out: until it is set anew, nobody signs up, and nobody signs in by a rule that is not known.
 */
function contentOf({ scope, content }: SettingsRow, logger: Logger): StorableSettings {
  const issues = checkStoredSettings(content)
  // Checked by the rules that settings in code go by.
  if (issues.length === 0) return content as StorableSettings
  const where = scope === everyScope ? 'of all collections' : `of ${scope}`
  const places = issues.map(({ path }) => path).join(', ')
  logger.error(
    `settings: those ${where} cannot be understood (${places}); registration is closed until they are set anew`,
  )
  const groups = Object.entries(typeof content === 'object' && content !== null ? content : {})
  const understood = groups.filter(([group, value]) => checkStoredSettings({ [group]: value }).length === 0)
  const isRuleLost = groups.some(([group]) => group === 'signIn') && !understood.some(([group]) => group === 'signIn')
  return {
    ...Object.fromEntries(understood),
    registration: 'closed',
    ...(isRuleLost ? { signIn: { rule: false } } : {}),
  }
}
