export {
  endActing,
  endAsActor,
  endByAccessToken,
  endByCookie,
  endByRefreshToken,
  revoke,
  revokeAll,
} from './end-session.js'
export { refreshSession } from './refresh-session.js'
