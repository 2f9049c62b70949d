import { cmsPreset } from 'cardea/presets/cms'

/** The 72 permissions of the preset. */
export const cmsPermissions: readonly string[] = cmsPreset.permissions.permissions

/** What each of its three roles gives, spelled out; `admin` has all. */
export const cmsRoles: ReadonlyMap<string, readonly string[]> = new Map(
  cmsPreset.roles.declarations.map(({ label, bypass, grants }) => [
    label,
    bypass ? cmsPermissions : grants.map(({ permission }) => permission),
  ]),
)
