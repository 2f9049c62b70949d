export { lazy } from './cache/lazy.js'
export { RecentMap } from './cache/recent-map.js'
export { type ErrorCode, errorCodes } from './codes.js'
export {
  and,
  type ComparisonOperator,
  type Condition,
  contains,
  databaseNow,
  eq,
  gt,
  gte,
  isNull,
  isReference,
  lt,
  lte,
  matches,
  ne,
  not,
  type Operand,
  oneOf,
  or,
  param,
  type Reference,
  type Scalar,
} from './condition/condition.js'
export {
  absent,
  compareScalars,
  compileCondition,
  compileConditionOver,
  type ReadField,
  type ResolveReference,
  type Ternary,
} from './condition/evaluate.js'
export { maximumEmailBytes, normalizeEmail } from './email/normalize-email.js'
export { CardeaError, type ErrorDetails, type ErrorIssue, isCardeaError, type MfaChallenge } from './errors.js'
