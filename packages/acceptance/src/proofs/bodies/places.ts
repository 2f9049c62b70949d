/** A body with another text at one place of it. */
export interface Place {
  readonly path: string
  /** The text that stands there; undefined for the name of a member. */
  readonly own: string | undefined
  readonly put: (text: string) => unknown
}

/** Every place of a body where a text can stand: its texts and numbers, at any depth, and the names of members. */
export function placesOf(body: unknown, path = '$'): readonly Place[] {
  if (Array.isArray(body)) {
    const items: readonly unknown[] = body
    return items.flatMap((item, index) =>
      placesOf(item, `${path}.${index}`).map((place) => ({
        ...place,
        put: (text: string) => items.with(index, place.put(text)),
      })),
    )
  }
  if (typeof body !== 'object' || body === null) {
    return [{ path, own: typeof body === 'string' ? body : undefined, put: (text) => text }]
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(body)
  const inValues = entries.flatMap(([name, value]) =>
    placesOf(value, `${path}.${name}`).map((place) => ({
      ...place,
      put: (text: string) => ({ ...body, [name]: place.put(text) }),
    })),
  )
  const names = entries.map(([name, value]) => ({
    path: `${path}.${name} by name`,
    own: undefined,
    put: (text: string) => named([...entries.filter(([other]) => other !== name), [text, value]]),
  }))
  const another = {
    path: `${path} with one more`,
    own: undefined,
    put: (text: string) => named([...entries, [text, 'abc']]),
  }
  return [...inValues, ...names, another]
}

/** With names such as `__proto__` as any other. */
const named = (entries: readonly (readonly [string, unknown])[]): object => Object.fromEntries(entries)
