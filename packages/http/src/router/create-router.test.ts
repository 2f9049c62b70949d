import { describe, expect, it } from 'vitest'
import { routeTable } from '../routes/table.js'
import { canonicalPath } from './canonical-path.js'
import { createRouter } from './create-router.js'

const router = createRouter(Object.values(routeTable), '/api/v1')
const methodsAt = (path: string) => [...(router.find(path)?.place.routes.keys() ?? [])]

describe('createRouter', () => {
  it.each([
    ['/api/v1/auth/login', ['POST']],
    ['/api/v1/auth/login/', ['POST']],
    ['/api/v1/collections/customers/auth/login', ['POST']],
    ['/api/v1/auth/me', ['GET', 'PATCH']],
    ['/api/v1/auth/sessions', ['GET']],
    ['/api/v1/auth/sessions/all', ['DELETE']],
    ['/api/v1/auth/sessions/0198', ['DELETE']],
    ['/api/v1/sessions/0198/', ['DELETE']],
    ['/health', ['GET']],
    ['/health/ready', ['GET']],
    ['/api/v1/health', ['GET']],
  ])('finds %s', (path, methods) => {
    expect(methodsAt(path)).toEqual(methods)
  })

  it('finds a name before a parameter', () => {
    const routeAt = (path: string) => router.find(path)?.place.routes.get('DELETE')?.contract.path
    expect(routeAt('/api/v1/auth/sessions/all')).toBe('/sessions/all')
    expect(routeAt('/api/v1/collections/customers/auth/sessions/all')).toBe('/sessions/all')
    expect(routeAt('/api/v1/auth/sessions/allx')).toBe('/sessions/{id}')
  })

  it('says whom a path is for', () => {
    expect(router.find('/api/v1/auth/login')?.place.collection).toBe('users')
    expect(router.find('/api/v1/sessions')?.place.collection).toBe('users')
    const mounted = router.find('/api/v1/collections/customers/auth/login')
    expect(mounted?.place.collection).toBeUndefined()
    expect(mounted?.parameters).toEqual({ name: 'customers' })
  })

  it('knows the item of a list', () => {
    const list = router.find('/api/v1/collections/customers/auth/sessions')
    const item = router.find('/api/v1/collections/customers/auth/sessions/0198')
    expect(list?.place.item).toMatchObject({ parameter: 'id' })
    expect(list?.place.item?.place).toBe(item?.place)
    expect(item?.parameters).toEqual({ name: 'customers', id: '0198' })
  })

  it.each([
    '/',
    '',
    '/auth/login',
    '/api/v1',
    '/api/v1/auth',
    '/api/v2/auth/login',
    '/api/v1/media',
    '/api/v1//auth/login',
    '//api/v1/auth/login',
    '/api/v1/auth//login',
    '/api/v1/auth/login//',
    '/api/v1/auth/./login',
    '/api/v1/auth/x/../login',
    '/api/v1/auth/%6Cogin',
    '/api/v1/auth%2Flogin',
    '/api/v1/auth/login;x=1',
    '/api/v1/auth\\login',
    '/api/v1/Auth/login',
    '/API/v1/auth/login',
    '/api/v1/auth/login\u0000',
    '/api/v1/auth/login ',
    '/api/v1/collections//auth/login',
    '/api/v1/collections/a/b/auth/login',
    '/api/v1/auth/sessions/a/b',
    `/api/v1/auth/sessions/${'a'.repeat(3_000)}`,
  ])('finds nothing at %j', (path) => {
    expect(router.find(path)).toBeUndefined()
  })
})

describe('canonicalPath', () => {
  it('drops one slash at the end and nothing else', () => {
    expect(canonicalPath('/a/b/')).toBe('/a/b')
    expect(canonicalPath('/a/b')).toBe('/a/b')
    expect(canonicalPath('/a/...')).toBe('/a/...')
    expect(canonicalPath('/a/..')).toBeUndefined()
    expect(canonicalPath('a/b')).toBeUndefined()
    for (const path of ['/a/%62', '/a/b;c', '/a/b%2Fc', '/a/é', '/a/b c', '/a/b:c']) {
      expect(canonicalPath(path)).toBeUndefined()
    }
  })
})
