/** Routes for the principals of the collection that they are mounted for, without a query. */
export const own = { principals: 'own', query: [] } as const

/** How a part of a list is asked for. */
export const listQuery = ['limit', 'offset', 'page', 'per_page', 'cursor', 'sort', 'search'] as const
