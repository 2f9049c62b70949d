/** The permissions that the documentation of ModulaCMS lists: resources with their operations. */
const table = `
content read, create, update, delete, publish, admin
datatypes read, create, update, delete, admin
fields read, create, update, delete, admin
media read, create, update, delete, admin
routes read, create, update, delete, admin
users read, create, update, delete, admin
roles read, create, update, delete, admin
permissions read, create, update, delete, admin
sessions read, delete, admin
ssh_keys read, create, delete, admin
config read, update, admin
admin_tree read, create, update, delete, admin
field_types read, create, update, delete, admin
admin_field_types read, create, update, delete, admin
deploy read, create
webhook create, read, update, delete
`

/** All 72, as `resource:operation`. */
export const modulaPermissions: readonly string[] = table
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [resource = '', ...operations] = line.split(/,? /)
    return operations.map((operation) => `${resource}:${operation}`)
  })
