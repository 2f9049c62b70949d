const usual: ReadonlyMap<string, string> = new Map([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'update'],
  ['DELETE', 'delete'],
])

/**
 * What methods do to a resource.
 *
 * @param own Methods that do something else; false for those that are refused.
 */
export function methodOperations(
  own: Readonly<Record<string, string | false>> | undefined,
): ReadonlyMap<string, string> {
  if (own === undefined) return usual
  const operations = new Map(usual)
  for (const [method, operation] of Object.entries(own)) {
    if (operation === false) operations.delete(method)
    else operations.set(method, operation)
  }
  return operations
}
