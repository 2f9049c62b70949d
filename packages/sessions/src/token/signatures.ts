// What needs jose. It loads with the first access token: one that came before is read without, and apps that hand out
// nothing but cookies never see one.
export { readAccessToken } from './read-access-token.js'
export { signAccessToken } from './sign-access-token.js'
