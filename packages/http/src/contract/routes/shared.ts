/** Names of the fields of a sign-in's answer. */
export const authAnswer = [
  'access_token',
  'refresh_token',
  'token_type',
  'expires_in',
  'expires_at',
  'session_id',
  'user',
] as const
/** Those of a user. */
export const userAnswer = ['id', 'email', 'verified', 'created_at', 'updated_at'] as const
/** Routes for the principals of the collection that they are mounted for, without a query. */
export const own = { principals: 'own', query: [] } as const
