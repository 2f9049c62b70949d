import { bool, text } from '../field/builders.js'
import { defineCollection } from './define-collection.js'

const fields = { plan: text(), approved: bool() }

defineCollection('customers', { type: 'auth', fields, auth: { signIn: { rule: { approved: { eq: true } } } } })
defineCollection('customers', {
  type: 'auth',
  fields,
  auth: { signIn: { rule: [{ plan: { in: ['a'] } }, { verified: { eq: true } }] } },
})
defineCollection('users', {
  type: 'auth',
  fields,
  auth: { signIn: { rule: { username: { null: false }, plan: { eq: 'a' } } } },
})
// @ts-expect-error no field is called so
defineCollection('customers', { type: 'auth', fields, auth: { signIn: { rule: { aproved: { eq: true } } } } })
// @ts-expect-error only users have one
defineCollection('customers', { type: 'auth', fields, auth: { signIn: { rule: { username: { null: false } } } } })
// @ts-expect-error no operator is called so
defineCollection('customers', { type: 'auth', fields, auth: { signIn: { rule: { plan: { equals: 'a' } } } } })
