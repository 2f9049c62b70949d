import { postTable } from '@cardea-examples/shared'
import { findRunning } from './running.ts'

const { cardea, demo } = findRunning()

export const { findAuth, getAuth, mount, notFound, requireAuth, requirePermission, withErrors } = cardea
export const posts = postTable(demo.database.app)
export const { mailbox } = demo.mail
