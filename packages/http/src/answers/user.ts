/** A user as served: its record, and for the built-in users the id under both of its names. */
export function userAnswer(collection: string, user: object): Readonly<Record<string, unknown>> {
  const record: Readonly<Record<string, unknown>> = { ...user }
  return collection === 'users' ? { id: record['id'], user_id: record['id'], ...record } : record
}

/** Fields of the built-in users that stand beside a sign-in, for clients written for ModulaCMS. */
export function besideSignIn(collection: string, user: object): Readonly<Record<string, unknown>> {
  if (collection !== 'users') return {}
  const record: Readonly<Record<string, unknown>> = { ...user }
  return {
    user_id: record['id'],
    email: record['email'],
    username: record['username'],
    created_at: record['created_at'],
  }
}
