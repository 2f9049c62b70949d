import type { ErrorIssue } from '@cardea/core'

/** Why a record is not imported: places and codes, never values. */
export type Issues = readonly ErrorIssue[]

export const issue = (path: string, code: string, message: string): Issues => [{ path, code, message }]
