/** Names that fit a line of a log. */
const mostNames = 20
const longestName = 140

export const named = (name: string): string => (name.length > longestName ? `${name.slice(0, longestName)}…` : name)

export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map(named).join(', ')
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown
}
