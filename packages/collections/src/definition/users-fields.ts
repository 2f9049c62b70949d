import { text } from '../field/builders.js'

/**
 * What every user of the built-in collection has. A username is made of ASCII letters, digits, `.`, `_` and `-`, so that
 * no two look the same and none looks like an e-mail address.
 */
export const usersFields = Object.freeze({
  username: text({ optional: true, unique: true, max: 64, pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/ }),
  name: text({ optional: true, max: 200 }),
})

export type UsersFields = typeof usersFields

/** The built-in fields by which users sign in beside the e-mail address. */
export const usersIdentifiers = ['username'] as const
