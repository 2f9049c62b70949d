export { meantBy } from './meant-by.js'
export { parseOptions } from './parse-options.js'
export { parseContext, type Validation, validate } from './validate.js'
