export { parseOptions } from './parse-options.js'
export { type Validation, validate } from './validate.js'
