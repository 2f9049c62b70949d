/** Lists of at most so many items: databases limit the parameters of a statement. */
export function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const lists: Item[][] = []
  for (let start = 0; start < items.length; start += size) lists.push(items.slice(start, start + size))
  return lists
}
