import type { TokenStorage } from '../platform.js'

/** Keeps tokens as long as the page or the process lives, for one client. */
export function memoryStorage(): TokenStorage {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  }
}
