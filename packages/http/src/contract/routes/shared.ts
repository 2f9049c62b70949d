/** Routes for the principals of the collection that they are mounted for, without a query. */
export const own = { principals: 'own', query: [] } as const
