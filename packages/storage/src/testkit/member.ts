/** The value of a row's column that a test names at run time. */
export const member = (row: object | undefined, name: string): unknown =>
  row === undefined ? undefined : Reflect.get(row, name)
