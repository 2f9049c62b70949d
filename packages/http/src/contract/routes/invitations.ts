import type { RouteContract } from '../route.js'

/** Who invites may be of any collection, and a program: rights decide. */
const inviting = {
  mount: 'auth',
  access: { permission: '{collection}:create' },
  principals: 'any',
  credentials: 'any',
  limit: 'account',
  query: [],
} as const

export const invitationRoutes = {
  createInvitation: {
    ...inviting,
    method: 'POST',
    path: '/invitations',
    body: { required: ['email'], optional: ['role'], open: 'fields' },
    status: 201,
    errors: ['email_taken', 'method_disabled'],
  },
  listInvitations: {
    ...inviting,
    method: 'GET',
    path: '/invitations',
    limit: 'default',
    query: ['limit', 'offset', 'page', 'per_page', 'cursor'],
    body: null,
    status: 200,
    answersList: true,
    errors: [],
  },
  resendInvitation: {
    ...inviting,
    method: 'POST',
    path: '/invitations/{id}/resend',
    body: { required: [], optional: [] },
    status: 200,
    errors: ['email_taken', 'method_disabled'],
  },
  revokeInvitation: {
    ...inviting,
    method: 'DELETE',
    path: '/invitations/{id}',
    body: null,
    status: 204,
    errors: [],
  },
  acceptInvitation: {
    method: 'POST',
    mount: 'auth',
    path: '/invitations/accept',
    access: 'public',
    principals: 'own',
    limit: 'password',
    hashes: true,
    query: [],
    body: { required: ['token', 'password'], optional: ['password_confirm'], open: 'fields' },
    status: 201,
    errors: [
      'token_invalid',
      'weak_password',
      'email_taken',
      'username_taken',
      'conflict',
      'mfa_required',
      'method_disabled',
      'forbidden',
    ],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
