import { describe, expect, it } from 'vitest'
import { isPermissionLabel, parsePattern } from './permission-label.js'

const long = 'a'.repeat(64)

const candidates: readonly unknown[] = [
  ...[
    'content',
    'a',
    long,
    `${long}a`,
    '9_z',
    '',
    'Content',
    'con tent',
    '*',
    '__proto__',
    'constructor',
    'prototype',
    'prototypes',
    'é',
  ].flatMap((resource) =>
    ['read', long, `${long}a`, '', 'Read', 'read2', '*', 'read\n', '\nread', 'a:b', '__proto__', 'constructor'].map(
      (operation) => `${resource}:${operation}`,
    ),
  ),
  '*',
  'content',
  ':',
  undefined,
  null,
  7,
  ['content:read'],
  { toString: () => 'content:read' },
]

describe('isPermissionLabel', () => {
  it('takes just what comes apart into a resource and an operation without wildcards', () => {
    const parts = (value: unknown) => {
      const parsed = parsePattern(value)
      return parsed !== undefined && parsed.resource !== '*' && parsed.operation !== '*'
    }
    expect(candidates.filter(isPermissionLabel)).toEqual(candidates.filter(parts))
  })

  it('takes no names that mean something else as a key of an object', () => {
    expect(
      ['constructor:read', '__proto__:read', 'prototype:read', 'content:constructor'].map(isPermissionLabel),
    ).toEqual([false, false, false, true])
  })
})
