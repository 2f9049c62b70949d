/**
 * Finds a cycle of inheritance, at any depth and without recursion.
 *
 * @param parentsOf The parents of each role; parents that are no key of the map are ignored.
 * @returns The roles of one cycle, each inheriting the next and the last the first; undefined when there is none.
 */
export function findCycle(parentsOf: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  // Roles whose parents are all settled are settled, again and again (Kahn's algorithm); what is left runs in circles.
  const openParents = new Map<string, number>()
  const children = new Map<string, string[]>()
  const settled: string[] = []
  for (const [role, parents] of parentsOf) {
    let open = 0
    // A parent that is named twice is open twice and settled twice.
    for (const parent of parents) {
      if (!parentsOf.has(parent)) continue
      open += 1
      const list = children.get(parent)
      if (list === undefined) children.set(parent, [role])
      else list.push(role)
    }
    openParents.set(role, open)
    if (open === 0) settled.push(role)
  }
  for (let role = settled.pop(); role !== undefined; role = settled.pop()) {
    openParents.delete(role)
    for (const child of children.get(role) ?? []) {
      const open = (openParents.get(child) ?? 0) - 1
      openParents.set(child, open)
      if (open === 0) settled.push(child)
    }
  }

  // Each role that is left has a parent that is left, so following parents must come back to a role seen before.
  const path = new Map<string, number>()
  let role = openParents.keys().next().value
  while (role !== undefined && !path.has(role)) {
    path.set(role, path.size)
    role = parentsOf.get(role)?.find((parent) => openParents.has(parent))
  }
  return role === undefined ? undefined : [...path.keys()].slice(path.get(role))
}
