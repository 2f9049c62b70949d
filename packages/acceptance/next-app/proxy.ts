import { NextResponse } from 'next/server'

/** What an app adds to every answer. */
export function proxy(): NextResponse {
  const response = NextResponse.next()
  response.cookies.set('theme', 'dark')
  response.headers.append('Vary', 'Accept-Encoding')
  return response
}
