import type { Instance } from '../guard/instance.js'

interface Landing {
  whoCan(
    permission: string,
    options: { tenant?: string; object?: object; cursor?: string; limit?: number },
  ): Promise<{ readonly principals: readonly { readonly principalId: string }[]; readonly cursor: string | null }>
}

const landing = (auth: Instance): Landing => auth.permissions as unknown as Landing

export const whoCan = (auth: Instance, ...asked: Parameters<Landing['whoCan']>) => landing(auth).whoCan(...asked)

/** The permissions that exist. */
export async function labelsOf(auth: Instance): Promise<readonly string[]> {
  return (await auth.permissions.catalogue.list()).map(({ label }) => label)
}
