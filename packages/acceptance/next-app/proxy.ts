import { type NextRequest, NextResponse } from 'next/server'
import { appOf } from './running'

/** What an app adds to every answer. In front of some pages it saves a redirect; they and their routes look for themselves. */
export async function proxy(request: NextRequest): Promise<Response> {
  if (request.nextUrl.pathname.startsWith('/early')) {
    const { findAuth, optionalAuth } = appOf(request).cardea
    const early = optionalAuth()((asked) =>
      findAuth(asked) === undefined ? NextResponse.redirect(new URL('/sign-in', asked.url)) : NextResponse.next(),
    )
    return await early(request, undefined)
  }
  const response = NextResponse.next()
  response.cookies.set('theme', 'dark')
  response.headers.append('Vary', 'Accept-Encoding')
  return response
}
