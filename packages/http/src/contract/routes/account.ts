import type { RouteContract } from '../route.js'
import { own, userAnswer } from './shared.js'

export const accountRoutes = {
  me: {
    ...own,
    method: 'GET',
    mount: 'auth',
    path: '/me',
    access: 'authenticated',
    credentials: 'any',
    limit: 'default',
    body: null,
    status: 200,
    answer: userAnswer,
    errors: [],
  },
  updateMe: {
    ...own,
    method: 'PATCH',
    mount: 'auth',
    path: '/me',
    access: 'authenticated',
    limit: 'account',
    body: { required: [], optional: [], open: 'fields' },
    status: 200,
    answer: userAnswer,
    errors: ['username_taken', 'conflict'],
  },
  changePassword: {
    ...own,
    method: 'POST',
    mount: 'auth',
    path: '/me/change-password',
    access: 'authenticated',
    limit: 'password',
    hashes: true,
    body: { required: ['new_password'], optional: ['current_password', 'old_password', 'new_password_confirm'] },
    status: 204,
    answer: [],
    errors: ['invalid_credentials', 'weak_password'],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
