export type { ChangeHints, ChangeTopic } from './hints.js'
