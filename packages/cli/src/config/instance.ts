import type { DoctorReport, InstanceMigration, InstanceMigrationOptions, SigningKeysApi, UserTransfer } from 'cardea'

/** What the commands use of an instance of Cardea, whatever its collections are. */
export interface Instance {
  migrate(options?: InstanceMigrationOptions): Promise<InstanceMigration>
  doctor(): Promise<DoctorReport>
  createFirstAdmin(input: Readonly<Record<string, unknown>>): Promise<{ readonly id: string }>
  createAdmin(input: Readonly<Record<string, unknown>>): Promise<{ readonly id: string }>
  readonly permissions: { hasAdmin(): Promise<boolean> }
  readonly keys: Pick<SigningKeysApi, 'list' | 'rotate' | 'retire'>
  ready(): Promise<void>
  findCollection(name: string): Promise<UserTransfer | undefined>
  close(): Promise<void>
}

const members = [
  'migrate',
  'doctor',
  'createFirstAdmin',
  'createAdmin',
  'permissions',
  'keys',
  'ready',
  'findCollection',
  'close',
] as const

/** Whether a value is an instance, made by this or another copy of the package. */
export function isInstance(value: unknown): value is Instance {
  return typeof value === 'object' && value !== null && members.every((name) => name in value)
}

/** An instance, and where it comes from. */
export interface OpenedInstance {
  readonly auth: Instance
  /** The file, or `environment`. */
  readonly source: string
}
