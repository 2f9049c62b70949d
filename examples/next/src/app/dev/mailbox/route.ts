import { mailbox, notFound, withErrors } from '../../../cardea.ts'

// Whoever reads it can take over any account, so there is none in production.
export const GET = withErrors((request) =>
  mailbox === undefined
    ? notFound(request)
    : Response.json(mailbox.list(), { headers: { 'Cache-Control': 'no-store' } }),
)
