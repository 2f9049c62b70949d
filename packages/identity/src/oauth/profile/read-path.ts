/** What stands at a path such as `data.user.open_id` or `response.0.id`; undefined where there is nothing of its own. */
export function readPath(json: unknown, path: string): unknown {
  let found = json
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    // The check above leaves an object that has the key.
    found = (found as Readonly<Record<string, unknown>>)[key]
  }
  return found
}

/** A text that says something, or undefined. */
export const textAt = (json: unknown, path: string | undefined): string | undefined => {
  const value = path === undefined ? undefined : readPath(json, path)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
