/** Milliseconds since 1970 as ISO 8601 in UTC. */
export const toIso = (milliseconds: number): string => new Date(milliseconds).toISOString()
