import { mailbox, mount, notFound, withErrors } from '../../../cardea.ts'

// Whoever reads it can take over any account, so there is none in production.
export const GET = withErrors((request) =>
  mailbox === undefined
    ? notFound(request)
    : Response.json(mailbox.list(), { headers: { 'Cache-Control': 'no-store' } }),
)

// What there is not: Next would answer it without a word.
export const { POST, PUT, PATCH, DELETE } = mount
