/** A JSON Schema of the dialect of OpenAPI 3.1 (draft 2020-12), as far as it is used here. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly description?: string
  readonly items?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly oneOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly minProperties?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly readOnly?: boolean
  readonly default?: unknown
  readonly examples?: readonly unknown[]
}

/** A schema that knows the type of what it describes, so that the compiler compares it with what is served. */
export interface Schema<Value> {
  readonly json: JsonSchema
  /** Carries the type; holds nothing. */
  readonly $value?: Value
}

type ValueOf<S> = S extends Schema<infer Value> ? Value : never
type Schemas = Readonly<Record<string, Schema<unknown>>>

const schema = <Value>(json: JsonSchema): Schema<Value> => ({ json })

export const text = schema<string>({ type: 'string' })
export const whole = schema<number>({ type: 'integer' })
export const numeric = schema<number>({ type: 'number' })
export const flag = schema<boolean>({ type: 'boolean' })
export const id = schema<string>({ type: 'string', format: 'uuid' })
export const instant = schema<string>({ type: 'string', format: 'date-time' })
export const email = schema<string>({ type: 'string', format: 'email' })
export const anything = schema<unknown>({})
export const object = schema<Readonly<Record<string, unknown>>>({ type: 'object' })

export const constant = <const Value extends string | number | boolean>(value: Value): Schema<Value> =>
  schema({ const: value })
export const oneOf = <const Value extends string>(...values: readonly Value[]): Schema<Value> =>
  schema({ type: 'string', enum: values })
export const listOf = <Item>({ json }: Schema<Item>): Schema<readonly Item[]> => schema({ type: 'array', items: json })
export const mapOf = <Item>({ json }: Schema<Item>): Schema<Readonly<Record<string, Item>>> =>
  schema({ type: 'object', additionalProperties: json })
export const either = <Left, Right>(left: Schema<Left>, right: Schema<Right>): Schema<Left | Right> =>
  schema({ anyOf: [left.json, right.json] })

export function nullable<Value>({ json }: Schema<Value>): Schema<Value | null> {
  const { type } = json
  if (typeof type !== 'string' || json.enum !== undefined) return schema({ anyOf: [json, { type: 'null' }] })
  return schema({ ...json, type: [type, 'null'] })
}

/** An object with these members and, unless it says otherwise, no others. */
export function members<Required extends Schemas, Optional extends Schemas = Record<never, never>>(
  required: Required,
  optional?: Optional,
  others = false,
): Schema<
  { readonly [Name in keyof Required]: ValueOf<Required[Name]> } & {
    readonly [Name in keyof Optional]?: ValueOf<Optional[Name]>
  }
> {
  const properties = Object.fromEntries(
    Object.entries({ ...required, ...optional }).map(([name, { json }]) => [name, json]),
  )
  return schema({ type: 'object', properties, required: Object.keys(required), additionalProperties: others })
}

/** The same with something for people to read. */
export const described = <Value>(description: string, { json }: Schema<Value>): Schema<Value> =>
  schema({ ...json, description })

/** What stands among the components of a document under a name. */
export const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })
