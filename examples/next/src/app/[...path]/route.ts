import { mount } from '../../cardea.ts'

// Cardea's own routes are below /api/v1, /health and /.well-known; all other paths are answered with 404.
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = mount
