// What the operations on addresses load with the first of them; most requests need none.
export { confirmPasswordReset } from './confirm-password-reset.js'
export { confirmVerification } from './confirm-verification.js'
export { confirmEmailChange, requestEmailChange } from './email-change.js'
export { requestPasswordReset, requestVerification } from './request-link.js'
