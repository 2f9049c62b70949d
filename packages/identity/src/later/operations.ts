// What proves or changes something that most requests have nothing to do with. It loads with the first use of any of it, as
// one module.
export { createApiKey } from '../api-key/create-api-key.js'
export { deleteApiKey, revokeApiKey } from '../api-key/end-api-key.js'
export { revokeApiKeysOf } from '../api-key/revoke-api-keys.js'
export { createFactors } from '../factor/factors.js'
export { createSshKeys } from '../ssh-key/ssh-keys.js'
export { createVerifications } from '../verification/verifications.js'
