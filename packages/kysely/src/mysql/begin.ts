/** Begins a transaction on a connection that somebody else has set up, as an app's pool. */
export const beginTransaction = (): readonly string[] => [
  // For the next transaction alone. The default, REPEATABLE READ, reads what was true when it began.
  'set transaction isolation level read committed',
  'start transaction',
]
