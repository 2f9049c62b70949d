import { isCardeaError } from '@cardea/core'
import type { Authentication, Circumstances, RequestInfo, Subject } from 'cardea'
import type { RequestHead } from '../credentials/headers.js'
import { reportDenied } from '../handler/refusals.js'
import type { Runtime } from '../handler/runtime.js'
import { permissionError } from '../problem/errors.js'
import { nameRequest } from '../problem/request-names.js'
import type { Admitted } from './authenticated.js'

/** Somebody whom a guard has let in. One is made for each request, so it computes nothing ahead. */
export class Admission<Permission extends string, Row extends object | undefined = undefined>
  implements Admitted<Permission, Row>
{
  readonly authentication: Authentication
  readonly subject: Subject<Permission>
  readonly resource: Row
  readonly #runtime: Runtime
  readonly #request: RequestHead

  constructor(
    runtime: Runtime,
    request: RequestHead,
    found: { readonly authentication: Authentication; readonly subject: Subject<Permission>; readonly resource: Row },
  ) {
    this.authentication = found.authentication
    this.subject = found.subject
    this.resource = found.resource
    this.#runtime = runtime
    this.#request = request
  }

  get userId(): string {
    return this.authentication.principalId
  }

  get sessionId(): string | undefined {
    return this.authentication.session?.id
  }

  get collection(): string {
    return this.authentication.collection
  }

  /** The same, with what it is about. */
  with<Loaded extends object>(resource: Loaded): Admission<Permission, Loaded> {
    const { authentication, subject } = this
    return new Admission(this.#runtime, this.#request, { authentication, subject, resource })
  }

  /** The same, where more is known for conditions. */
  under(circumstances: Circumstances): Admission<Permission, Row> {
    const { authentication, resource } = this
    return new Admission(this.#runtime, this.#request, {
      authentication,
      subject: this.subject.with(circumstances),
      resource,
    })
  }

  authorize(permission: Permission, object?: object | null, field?: string): void {
    try {
      // What an object of the app's own looks like is checked where the app asks.
      const subject: Subject<string> = this.subject
      subject.authorize<string>(permission, object, field)
    } catch (error) {
      throw isCardeaError(error, 'forbidden') ? this.#reported(error, permission) : error
    }
  }

  /** Goes on if a permission may be allowed for some object. */
  authorizeSome(permission: Permission): void {
    if (!this.subject.canSome(permission)) throw this.refusal(permission)
  }

  /** The error for somebody who lacks a permission, reported. */
  refusal(permission: string, error = permissionError(permission)): Error {
    return this.#reported(error, permission)
  }

  #reported<Refusal extends Error>(error: Refusal, permission: string): Refusal {
    const runtime = this.#runtime
    const { headers, ip } = this.#request
    const requestId = runtime.identify(headers)
    const info: RequestInfo = {
      ip: runtime.findAddress(ip, headers),
      userAgent: headers.get('user-agent'),
      requestId,
      by: this.authentication,
    }
    reportDenied(runtime, this.authentication, permission, info)
    nameRequest(error, requestId)
    return error
  }
}
