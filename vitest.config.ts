// vitest does not look for vitest.workspace.ts by itself; this makes a bare `npx vitest` and editors find it.
export { default } from './vitest.workspace.js'
