/**
 * What FastCMS's document on authentication prints, word for word, in its order: commands, endpoints and settings.
 */

/** One command, by what the document calls it. */
export const commands = {
  'login example': `curl -X POST http://localhost:8000/api/v1/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "admin@example.com",
    "password": "your-password"
  }'`,
  'creating an auth collection': `curl -X POST http://localhost:8000/api/v1/collections \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer ADMIN_TOKEN" \\
  -d '{
    "name": "customers",
    "type": "auth",
    "schema": {
      "fields": [
        {"name": "company", "type": "text"},
        {"name": "phone", "type": "text"}
      ]
    }
  }'`,
  registration: `curl -X POST http://localhost:8000/api/v1/collections/customers/auth/register \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "customer@example.com",
    "password": "securepassword123",
    "company": "Acme Inc",
    "phone": "+1234567890"
  }'`,
  'request a code': `curl -X POST http://localhost:8000/api/v1/collections/customers/auth/otp/request \\
  -H "Content-Type: application/json" \\
  -d '{"email": "customer@example.com"}'`,
  'verify the code': `curl -X POST http://localhost:8000/api/v1/collections/customers/auth/otp/verify \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "customer@example.com",
    "code": "483921"
  }'`,
  'request the change': `curl -X POST http://localhost:8000/api/v1/collections/customers/auth/me/request-email-change \\
  -H "Authorization: Bearer ACCESS_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "new_email": "new@example.com",
    "password": "current_password"
  }'`,
  'confirm with the token': `curl -X POST http://localhost:8000/api/v1/collections/customers/auth/me/confirm-email-change \\
  -H "Content-Type: application/json" \\
  -d '{"token": "verification-token-from-email"}'`,
  'list active sessions': `curl http://localhost:8000/api/v1/collections/customers/auth/sessions \\
  -H "Authorization: Bearer ACCESS_TOKEN"`,
  'revoke a specific session': `curl -X DELETE \\
  http://localhost:8000/api/v1/collections/customers/auth/sessions/session-uuid \\
  -H "Authorization: Bearer ACCESS_TOKEN"`,
  'logout all devices': `curl -X DELETE \\
  http://localhost:8000/api/v1/collections/customers/auth/sessions/all \\
  -H "Authorization: Bearer ACCESS_TOKEN"`,
  'token refresh': `curl -X POST http://localhost:8000/api/v1/auth/refresh \\
  -H "Content-Type: application/json" \\
  -d '{"refresh_token": "eyJhbGc..."}'`,
} as const

/** How the document has a program send its token. */
export const fetchExample = `const response = await fetch('/api/v1/collections/products/records', {
  headers: {
    'Authorization': \`Bearer \${accessToken}\`,
    'Content-Type': 'application/json'
  }
});`

/** The tables of endpoints. */
export const endpoints: readonly (readonly [path: string, method: 'GET' | 'POST' | 'DELETE'])[] = [
  ['/api/v1/auth/login', 'POST'],
  ['/api/v1/auth/register', 'POST'],
  ['/api/v1/auth/refresh', 'POST'],
  ['/api/v1/auth/me', 'GET'],
  ['/api/v1/auth/logout', 'POST'],
  ['/api/v1/collections/customers/auth/register', 'POST'],
  ['/api/v1/collections/customers/auth/login', 'POST'],
  ['/api/v1/collections/customers/auth/refresh', 'POST'],
  ['/api/v1/collections/customers/auth/me', 'GET'],
  ['/api/v1/collections/customers/auth/me/change-password', 'POST'],
  ['/api/v1/collections/customers/auth/me/request-email-change', 'POST'],
  ['/api/v1/collections/customers/auth/me/confirm-email-change', 'POST'],
  ['/api/v1/collections/customers/auth/otp/request', 'POST'],
  ['/api/v1/collections/customers/auth/otp/verify', 'POST'],
  ['/api/v1/collections/customers/auth/sessions', 'GET'],
  ['/api/v1/collections/customers/auth/sessions/{id}', 'DELETE'],
  ['/api/v1/collections/customers/auth/sessions/all', 'DELETE'],
]

/** The tables of settings, with their defaults. */
export const settings = {
  password_auth_enabled: true,
  oauth_enabled: true,
  otp_enabled: false,
  mfa_enabled: false,
  password_min_length: 8,
  password_require_upper: false,
  password_require_number: false,
  password_require_special: false,
  token_expiry_hours: 24,
  refresh_token_expiry_days: 7,
} as const
