import type { Finding } from '@cardea/storage'
import { listed } from '../administration/listed.js'
import type { Services } from '../services/services.js'
import { explain } from './explain.js'

const name = 'policy leftovers'

/** What code once declared and declares no more of roles and permissions: it is in force until it is pruned. */
export async function examinePolicyLeftovers({ policy }: Services): Promise<readonly Finding[]> {
  try {
    const { grants, inheritance, roles, permissions, kept } = await policy.prune({ dryRun: true })
    const gone = [
      ...grants.map(({ role, permission, effect }) => `${effect} ${permission} of role ${role}`),
      ...inheritance.map(({ role, parent }) => `role ${role} inherits ${parent}`),
      ...roles.map((label) => `role ${label}`),
      ...permissions.map((label) => `permission ${label}`),
    ]
    return [
      ...(gone.length === 0
        ? []
        : [finding(gone, 'once no node runs code that declares it, run `npx cardea migrate --prune`')]),
      ...(kept.length === 0
        ? []
        : [
            finding(
              kept.map(({ kind, label }) => `${kind} ${label}`),
              'where no code is to declare it again, take it from whoever has it, and run `npx cardea migrate --prune`',
            ),
          ]),
    ]
  } catch (error) {
    return [{ name, status: 'problem', ...explain(error) }]
  }
}

const finding = (names: readonly string[], advice: string): Finding => ({
  name,
  status: 'warning',
  message: `still in force, although the code declares it no more: ${listed(names)}`,
  advice,
})
