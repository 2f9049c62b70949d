import { isUuid } from '@cardea/core/crypto'
import type { Subject } from 'cardea'
import type { Instance } from '../guard/instance.js'
import type { AuthzenAsked, AuthzenOptions, AuthzenResource, AuthzenSubjects } from './options.js'
import type { Entity } from './read-question.js'

/** Things that a question names by type alone. */
export type Typed = Pick<Entity, 'type' | 'properties'>

type Context = Readonly<Record<string, unknown>>

/** The options in the form in which they are asked. Names come from clients, so they are looked up in maps. */
export interface Names {
  readonly subjects: ReadonlyMap<string, AuthzenSubjects> | undefined
  readonly resources: ReadonlyMap<string, AuthzenResource>
  readonly operations: ReadonlyMap<string, string>
  readonly tenant: AuthzenOptions['tenant']
}

export const namesOf = ({ subjects, resources = {}, actions = {}, tenant }: AuthzenOptions): Names => ({
  subjects: subjects === undefined ? undefined : new Map(Object.entries(subjects)),
  resources: new Map(Object.entries(resources)),
  operations: new Map(Object.entries(actions)),
  tenant,
})

/** What one request is answered with. Whoever is asked about more than once is looked up once. */
export class AuthzenWorld {
  readonly auth: Instance
  readonly names: Names
  readonly #subjects = new Map<string, Promise<Subject<string> | undefined>>()

  constructor(auth: Instance, names: Names) {
    this.auth = auth
    this.names = names
  }

  permissionOf(action: { readonly name: string }, resource: Typed): string {
    return `${this.resourceOf(resource)}:${this.names.operations.get(action.name) ?? action.name}`
  }

  /** The resource of the catalogue that a type stands for. */
  resourceOf({ type }: Typed): string {
    return this.names.resources.get(type)?.resource ?? type
  }

  /** How principals of a type are known; undefined where there is no such type. */
  subjectsOf({ type }: Typed): AuthzenSubjects | undefined {
    return this.names.subjects === undefined ? { collection: type } : this.names.subjects.get(type)
  }

  async tenantOf(resource: Typed, context: Context = {}): Promise<{ readonly tenant?: string }> {
    const tenant = await this.names.tenant?.(askedOf(resource, context))
    return tenant === undefined || tenant === null ? {} : { tenant }
  }

  /** What somebody may do, under the circumstances that were sent; undefined for nobody. */
  async subjectOf(entity: Entity, resource: Typed, context: Context = {}): Promise<Subject<string> | undefined> {
    const options = await this.tenantOf(resource, context)
    const key = JSON.stringify([entity.type, entity.id, options])
    let found = this.#subjects.get(key)
    if (found === undefined) {
      found = this.#findSubject(entity, options)
      this.#subjects.set(key, found)
    }
    return (await found)?.with({ principal: entity.properties ?? {}, context })
  }

  async #findSubject(entity: Entity, options: { readonly tenant?: string }): Promise<Subject<string> | undefined> {
    const subjects = this.subjectsOf(entity)
    if (subjects === undefined) return undefined
    const principals = await this.auth.findCollection(subjects.collection)
    const id = subjects.find === undefined ? entity.id : await subjects.find(entity.id)
    if (principals === undefined || typeof id !== 'string' || !isUuid(id)) return undefined
    const [user] = (await principals.list({ filter: { id: { eq: id } }, limit: 1 })).items
    if (user === undefined) return undefined
    // Whoever may not sign in may nothing, whatever its roles give.
    const subject = await this.auth.permissions.subject(id, options)
    return user.status === 'active' ? subject : subject.restrict([])
  }

  /** What an action is judged by; undefined where there is no such thing. */
  async objectOf(
    entity: Entity,
    context: Context | undefined,
    { creates }: { readonly creates: boolean },
  ): Promise<object | undefined> {
    const resource = this.names.resources.get(entity.type)
    const { id, properties = {} } = entity
    // What is yet to be made is nowhere to be found: it is judged as it is sent.
    if (resource?.find === undefined || creates) return { ...properties, id }
    return (await resource.find(id, askedOf(entity, context))) ?? undefined
  }
}

const askedOf = ({ properties = {} }: Typed, context: Context = {}): AuthzenAsked => ({ properties, context })
