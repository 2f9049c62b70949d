// What signing in with a code by mail loads with the first of them; most requests need none.
export { requestOtp } from './codes.js'
export { verifyOtp } from './verify-otp.js'
