import type { ObservedKind } from './observed-database.js'
export const statementCounts: Readonly<Record<string, number | Readonly<Record<ObservedKind['name'], number>>>> = {}
