/** The name of the built-in collection, whose routes are mounted at `/auth`. */
export const usersName = 'users'
