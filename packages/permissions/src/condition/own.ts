import { type Condition, eq } from '@cardea/core'

/** The object belongs to the one who asks: its field holds the principal's id. */
export const own = <Field extends string>(field: Field): Condition<Field> => eq(field, { ref: 'principal.id' })
