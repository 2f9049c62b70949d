import { createMemoryStorage } from '@cardea/storage/memory'
import { expect, it } from 'vitest'
import { cookieHeader, createProofApp } from './app.js'
import { boast } from './provider.js'

it('gives nobody what a provider says of roles', async () => {
  const app = await createProofApp(createMemoryStorage())
  const { got } = await app.comeBack('boaster')
  const { status, body } = await app.send('GET', '/api/v1/auth/me', { cookie: cookieHeader(got) })
  expect(status).toBe(200)
  expect(body).toMatchObject({ email: 'boaster@example.test', role: 'viewer', roles: ['viewer'] })
  expect(body['id']).not.toBe(boast.id)
  expect(body['username']).not.toBe(boast.username)
  const subject = await app.auth.permissions.subject(String(body['id']))
  expect([subject.bypass, subject.can('content:read'), subject.can('content:create')]).toEqual([false, true, false])
  await app.close()
})
