import { createAccessControl, type Role } from 'better-auth/plugins/access'

/** A permission in the other libraries' form. */
export interface ResourceAction {
  readonly resource: string
  readonly action: string
}

export function splitLabel(label: string): ResourceAction {
  const colon = label.indexOf(':')
  return { resource: interned(label.slice(0, colon)), action: interned(label.slice(colon + 1)) }
}

/** As code has the text that names it: V8 keeps literals, like names of members, once. */
export const interned = (text: string): string => Object.keys({ [text]: true })[0] ?? text

/** Actions by resource. */
function groupLabels(labels: readonly string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  for (const label of labels) {
    const { resource, action } = splitLabel(label)
    groups[resource] ??= []
    groups[resource].push(action)
  }
  return groups
}

/** Access control of better-auth with the same permissions and roles. */
export function accessRoles(
  labels: readonly string[],
  roles: ReadonlyMap<string, readonly string[]>,
): { readonly access: ReturnType<typeof createAccessControl>; readonly roles: Record<string, Role> } {
  const access = createAccessControl(groupLabels(labels))
  return {
    access,
    roles: Object.fromEntries(
      [...roles].map(([name, permissions]) => [name, access.newRole(groupLabels(permissions))]),
    ),
  }
}
