// What the operations on second factors load with the first of them; most requests need none.
export { activateFactor } from './activate.js'
export { enrollFactor } from './enroll.js'
export { disableFactors, renewBackupCodes, stateOfFactors } from './manage.js'
export { parseAttempt } from './parse-attempt.js'
export { resetFactors } from './reset.js'
export { verifySecondFactor } from './verify.js'
