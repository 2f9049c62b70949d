import type { JsonContent, JsonValue } from '../field/json.js'
import { isStorableText } from './text.js'

/** How deep a JSON value may be nested. */
export const maxJsonDepth = 32

/** Why a value is not taken. */
type Refusal = 'json' | 'depth' | 'name' | 'text' | 'size'

const reasons: Readonly<Record<Refusal, string>> = {
  json: 'must be a JSON value',
  depth: `must not be nested more than ${maxJsonDepth} deep`,
  name: 'must not have a member that could change an object prototype',
  text: 'must be well-formed Unicode without U+0000',
  size: 'is too large',
}

/**
 * Copies a JSON value, frozen through and through.
 *
 * @param maxBytes Largest size as JSON, in bytes of UTF-8.
 * @returns The copy, or why the value is not taken.
 */
export function copyJson(
  value: unknown,
  maxBytes: number,
): { readonly valid: true; readonly value: JsonContent } | { readonly valid: false; readonly reason: string } {
  const walk: Walk = { refusal: undefined, room: maxBytes }
  const copy = copyValue(value, 0, walk)
  if (walk.refusal === undefined && Buffer.byteLength(JSON.stringify(copy)) > maxBytes) walk.refusal = 'size'
  if (walk.refusal !== undefined) return { valid: false, reason: reasons[walk.refusal] }
  return copy === null ? { valid: false, reason: reasons.json } : { valid: true, value: copy }
}

interface Walk {
  refusal: Refusal | undefined
  /** A lower bound of the bytes that are left, so that a huge value is given up early. */
  room: number
}

function copyValue(value: unknown, depth: number, walk: Walk): JsonValue {
  walk.room -= typeof value === 'string' ? value.length : 1
  if (walk.room < 0) return refuse(walk, 'size')
  switch (typeof value) {
    case 'boolean':
      return value
    case 'number':
      // JSON has no negative zero.
      return Number.isFinite(value) ? value + 0 : refuse(walk, 'json')
    case 'string':
      return isStorableText(value) ? value : refuse(walk, 'text')
    case 'object':
      if (value === null) return null
      if (depth >= maxJsonDepth) return refuse(walk, 'depth')
      return Array.isArray(value) ? copyArray(value, depth, walk) : copyObject(value, depth, walk)
    default:
      return refuse(walk, 'json')
  }
}

function copyArray(values: readonly unknown[], depth: number, walk: Walk): JsonValue {
  const copy: JsonValue[] = []
  for (const value of values) {
    copy.push(copyValue(value, depth + 1, walk))
    if (walk.refusal !== undefined) return null
  }
  return Object.freeze(copy)
}

function copyObject(value: object, depth: number, walk: Walk): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return refuse(walk, 'json')
  const copy: Record<string, JsonValue> = {}
  for (const [name, member] of Object.entries(value)) {
    if (changesPrototype(name, member)) return refuse(walk, 'name')
    if (!isStorableText(name)) return refuse(walk, 'text')
    walk.room -= name.length
    copy[name] = copyValue(member, depth + 1, walk)
    if (walk.refusal !== undefined) return null
  }
  return Object.freeze(copy)
}

/** Such members do no harm here, but in the first careless merge that they meet. */
function changesPrototype(name: string, member: unknown): boolean {
  if (name === '__proto__') return true
  return name === 'constructor' && typeof member === 'object' && member !== null && Object.hasOwn(member, 'prototype')
}

function refuse(walk: Walk, refusal: Refusal): null {
  walk.refusal ??= refusal
  return null
}
