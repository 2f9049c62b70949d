/** An instant in UTC as SQL writes it, with milliseconds: `2026-11-27 19:42:12.000`. */
export const instantText = (milliseconds: unknown): string =>
  new Date(Number(milliseconds)).toISOString().slice(0, -1).replace('T', ' ')
