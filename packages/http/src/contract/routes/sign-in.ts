import type { RouteContract } from '../route.js'
import { own } from './shared.js'

export const signInRoutes = {
  register: {
    ...own,
    method: 'POST',
    mount: 'auth',
    path: '/register',
    access: 'public',
    limit: 'register',
    hashes: true,
    body: {
      required: ['email', 'password'],
      optional: ['password_confirm', 'setup_code', 'role', 'invitation_token'],
      open: 'fields',
    },
    status: 201,
    otherStatuses: [202],
    errors: [
      'weak_password',
      'email_taken',
      'username_taken',
      'conflict',
      'mfa_required',
      'method_disabled',
      'forbidden',
      // Of an invitation.
      'sign_in_not_allowed',
      'token_invalid',
    ],
  },
  login: {
    ...own,
    method: 'POST',
    mount: 'auth',
    path: '/login',
    access: 'public',
    limit: 'sign-in',
    hashes: true,
    body: { required: ['password'], optional: ['email', 'remember_me'], open: 'identifier' },
    status: 200,
    errors: ['invalid_credentials', 'mfa_required', 'email_not_verified', 'sign_in_not_allowed', 'method_disabled'],
  },
  refresh: {
    ...own,
    method: 'POST',
    mount: 'auth',
    path: '/refresh',
    access: 'public',
    limit: 'refresh',
    // Required unless it is in its cookie.
    body: { required: [], optional: ['refresh_token'] },
    status: 200,
    errors: ['token_invalid', 'token_expired', 'token_reused', 'session_revoked', 'sign_in_not_allowed'],
  },
  logout: {
    ...own,
    method: 'POST',
    mount: 'auth',
    path: '/logout',
    access: 'public',
    limit: 'default',
    body: { required: [], optional: ['refresh_token'] },
    status: 200,
    errors: [],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
