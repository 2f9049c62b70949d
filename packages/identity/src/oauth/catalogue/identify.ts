import type { Identified } from '../connect-plan.js'
import { guardedFetch } from '../http/guarded-fetch.js'
import { isObject, readPath, textAt } from '../profile/read-path.js'
import { type ProfilePaths, readProfile } from '../profile/read-profile.js'
import { failure, type OAuthEnvironment, type OAuthFailure } from '../provider.js'
import type { AddressList, InterfaceRequest } from './entry.js'

/** Asks a provider's interface whose access token it is. */
export async function askInterface(
  environment: OAuthEnvironment,
  request: InterfaceRequest & { readonly addresses?: AddressList },
  accessToken: string,
  { paths, trustsEmail }: { readonly paths: ProfilePaths; readonly trustsEmail: boolean },
): Promise<Identified> {
  const answer = await askWithToken(environment, request, accessToken)
  if (!answer.ok) return answer
  const read = readProfile(answer.json, paths, trustsEmail)
  if (!read.ok || request.addresses === undefined) return read
  const { headers, scheme, addresses } = request
  const listed = await askWithToken(
    environment,
    { url: addresses.url, ...(headers ? { headers } : {}), ...(scheme ? { scheme } : {}) },
    accessToken,
  )
  if (!listed.ok) return listed
  const found = primaryAddress(listed.json, addresses)
  return {
    ok: true,
    profile: { ...read.profile, email: found?.email, emailVerified: trustsEmail && found?.verified === true },
  }
}

async function askWithToken(
  environment: OAuthEnvironment,
  { url, body, headers, scheme }: InterfaceRequest,
  accessToken: string,
): Promise<{ readonly ok: true; readonly json: unknown } | OAuthFailure> {
  // A header holds no line break; an access token that has one is none.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) return failure('provider_answer_invalid', 'no access token')
  const answer = await guardedFetch(environment, {
    url,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
      authorization: `${scheme ?? 'Bearer'} ${accessToken}`,
    },
  })
  if (answer.ok && answer.status !== 200) return failure('provider_answer_invalid', `profile: status ${answer.status}`)
  return answer
}

function primaryAddress(
  json: unknown,
  { list, address, primary, verified }: AddressList,
): { readonly email: string; readonly verified: unknown } | undefined {
  const entries = list === '' ? json : readPath(json, list)
  if (!Array.isArray(entries)) return undefined
  const found = entries.find((entry) => isObject(entry) && entry[primary] === true)
  const email = textAt(found, address)
  return email === undefined ? undefined : { email, verified: readPath(found, verified) }
}
