import { beforeAll, describe, expect, it } from 'vitest'
import type { Sent } from '../app.fixture.js'
import { allContracts, bodyOf, type Caller, callers, createCallers, outcomeOf, pathOf } from './callers.fixture.js'

/**
 * Who gets how far with each route: refused as unknown (401), refused for want of a right (403), or let in. Written by hand, not
 * made from the contract: a route that is added, and one whose contract changes, is thought about here as well.
 */
const routes = readTable(`
  route                 nobody  viewer  editor  admin  customer  key
  register              in      in      in      in     in        in
  login                 in      in      in      in     in        in
  refresh               in      in      in      in     in        in
  logout                in      in      in      in     in        in
  verifyMfa             in      in      in      in     in        in
  enrollTotp            in      in      in      in     in        in
  activateTotp          in      in      in      in     in        in
  mfaState              401     in      in      in     401       403
  renewBackupCodes      401     in      in      in     401       403
  disableMfa            401     in      in      in     401       403
  reauthenticate        401     in      in      in     401       403
  listProviders         in      in      in      in     in        in
  beginOAuth            in      in      in      in     in        in
  finishOAuth           in      in      in      in     in        in
  finishOAuthOf         in      in      in      in     in        in
  postedOAuth           in      in      in      in     in        in
  exchangeOAuth         in      in      in      in     in        in
  listConnections       401     in      in      in     401       403
  removeConnection      401     in      in      in     401       403
  me                    401     in      in      in     401       in
  updateMe              401     in      in      in     401       403
  myPermissions         401     in      in      in     401       in
  changePassword        401     in      in      in     401       403
  requestVerification   in      in      in      in     in        in
  confirmVerification   in      in      in      in     in        403
  requestPasswordReset  in      in      in      in     in        in
  confirmPasswordReset  in      in      in      in     in        in
  requestEmailChange    401     in      in      in     401       403
  confirmEmailChange    in      in      in      in     in        403
  requestOtp            in      in      in      in     in        in
  verifyOtp             in      in      in      in     in        in
  createInvitation      401     403     403     in     403       403
  listInvitations       401     403     403     in     403       403
  resendInvitation      401     403     403     in     403       403
  revokeInvitation      401     403     403     in     403       403
  acceptInvitation      in      in      in      in     in        in
  disableMember         401     403     403     in     403       403
  enableMember          401     403     403     in     403       403
  resetMemberMfa        401     403     403     in     403       403
  listMemberSessions    401     403     in      in     403       403
  endMemberSessions     401     403     403     in     403       403
  listOwnSessions       401     in      in      in     401       403
  revokeAllOwnSessions  401     in      in      in     401       403
  revokeOwnSession      401     in      in      in     401       403
  listSessions          401     in      in      in     401       403
  listUserSessions      401     403     in      in     401       403
  impersonate           401     403     403     in     401       403
  revokeSession         401     in      in      in     401       403
  listUsers             401     403     in      in     403       403
  createUser            401     403     403     in     403       403
  replaceUserInBody     401     403     403     in     403       403
  showUser              401     403     in      in     403       403
  replaceUser           401     403     403     in     403       403
  updateUser            401     403     403     in     403       403
  deleteUser            401     403     403     in     403       403
  reassignDeleteUser    401     403     403     in     403       403
  listUserProfiles      401     403     in      in     403       403
  showUserProfile       401     403     in      in     403       403
  listIdentityLinks     401     403     403     in     403       403
  removeIdentityLink    401     403     403     in     403       403
  createCollection      401     403     403     in     403       403
  listCollections       401     403     403     in     403       403
  showCollection        401     403     403     in     403       403
  updateCollection      401     403     403     in     403       403
  migrateCollection     401     403     403     in     403       403
  deleteCollection      401     403     403     in     403       403
  listRecords           401     403     403     in     403       403
  exportRecords         401     403     403     in     403       403
  createRecord          401     403     403     in     403       403
  deleteRecords         401     403     403     in     403       403
  showRecord            401     in      in      in     in        in
  updateRecord          401     in      in      in     in        in
  deleteRecord          401     in      in      in     in        in
  showSettings          401     403     in      in     403       403
  updateSettings        401     403     403     in     403       403
  setSetting            401     403     403     in     403       403
  showCollectionSettings 401    403     in      in     403       403
  updateCollectionSettings 401  403     403     in     403       403
  createToken           401     403     403     in     401       403
  listTokens            401     403     403     in     401       403
  showToken             401     403     403     in     401       403
  updateToken           401     in      in      in     401       in
  deleteToken           401     403     403     in     401       403
  addSshKey             401     in      in      in     401       403
  listSshKeys           401     in      in      in     401       403
  deleteSshKey          401     in      in      in     401       403
  listRoles             401     403     403     in     403       403
  createRole            401     403     403     in     403       403
  showRole              401     403     403     in     403       403
  updateRole            401     403     403     in     403       403
  deleteRole            401     403     403     in     403       403
  listPermissions       401     403     403     in     403       403
  createPermission      401     403     403     in     403       403
  showPermission        401     403     403     in     403       403
  updatePermission      401     403     403     in     403       403
  deletePermission      401     403     403     in     403       403
  listRolePermissions   401     403     403     in     403       403
  addRolePermission     401     403     403     in     403       403
  showRolePermission    401     403     403     in     403       403
  removeRolePermission  401     403     403     in     403       403
  listPermissionsOfRole 401     403     403     in     403       403
  listRoleAssignments   401     403     in      in     403       403
  addRoleAssignment     401     403     403     in     403       403
  showRoleAssignment    401     403     in      in     403       403
  removeRoleAssignment  401     403     403     in     403       403
  checkPermission       401     in      in      in     in        in
  listAudit             401     403     403     in     403       403
  health                in      in      in      in     in        in
  readiness             in      in      in      in     in        in
  signingKeys           in      in      in      in     in        in
  openapi               in      in      in      in     in        in
  apiReference          in      in      in      in     in        in
  apiSummary            in      in      in      in     in        in
  evaluate              401     403     403     in     403       403
  evaluateAll           401     403     403     in     403       403
  searchSubjects        401     403     403     in     403       403
  searchResources       401     403     403     in     403       403
  searchActions         401     403     403     in     403       403
  authzenMetadata       in      in      in      in     in        in
`)

/** The same of what is another's, for routes that reach there by a permission; 404 where not even that it exists is told. */
const beyond = readTable(`
  route                 nobody  viewer  editor  admin  customer  key
  listSessions          401     403     in      in     401       403
  revokeSession         401     404     404     in     401       403
  createToken           401     403     403     in     401       403
  listTokens            401     403     403     in     401       403
  showToken             401     403     403     in     401       403
  updateToken           401     403     403     in     401       403
  deleteToken           401     403     403     in     401       403
  addSshKey             401     403     403     in     401       403
  listSshKeys           401     403     in      in     401       403
  deleteSshKey          401     404     404     in     401       403
  checkPermission       401     403     403     in     403       403
`)

const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbbR/KZU6AZUMNQiOMllCJ/uGN6SWSFAAgkr9n1FxOe'

interface Other {
  readonly id: string
  readonly sessionId: string
  readonly tokenId: string
  readonly sshKeyId: string
}

/** What is asked for of another. */
const requests: Readonly<Record<string, (other: Other) => { readonly path: string; readonly body?: object }>> = {
  listSessions: ({ id }) => ({ path: `/sessions?user_id=${id}` }),
  revokeSession: ({ sessionId }) => ({ path: `/sessions/${sessionId}` }),
  createToken: ({ id }) => ({ path: '/tokens', body: { user_id: id, label: 'A key', scopes: ['content:read'] } }),
  listTokens: ({ id }) => ({ path: `/tokens?user_id=${id}` }),
  showToken: ({ tokenId }) => ({ path: `/tokens/${tokenId}` }),
  updateToken: ({ tokenId }) => ({ path: `/tokens/${tokenId}`, body: { label: 'Another name' } }),
  deleteToken: ({ tokenId }) => ({ path: `/tokens/${tokenId}` }),
  addSshKey: ({ id }) => ({ path: '/ssh-keys', body: { user_id: id, public_key: publicKey, label: 'A key' } }),
  listSshKeys: ({ id }) => ({ path: `/ssh-keys?user_id=${id}` }),
  deleteSshKey: ({ sshKeyId }) => ({ path: `/ssh-keys/${sshKeyId}` }),
  checkPermission: ({ id }) => ({ path: '/authz/check', body: { permission: 'content:read', user_id: id } }),
}

type Kit = Awaited<ReturnType<typeof createCallers>>

/** How far everybody gets with a request. It may have ended their sessions. */
async function outcomesOf(
  { credentialOf, forget, send }: Kit,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<readonly string[]> {
  const outcomes: string[] = []
  for (const caller of callers)
    outcomes.push(outcomeOf(await send(method, path, { ...sent, ...(await credentialOf(caller)) })))
  if (method === 'DELETE' || path.endsWith('/logout')) forget()
  return outcomes
}

let kit: Kit
beforeAll(async () => {
  kit = await createCallers()
})

describe('every route', () => {
  it('is in the table, and nothing else is', () => {
    expect([...routes.keys()]).toEqual(Object.keys(allContracts))
    const widened = Object.entries(allContracts).filter(([, { widenedBy }]) => widenedBy !== undefined)
    expect([...beyond.keys()].sort()).toEqual(widened.map(([name]) => name).sort())
  })

  it.each(Object.entries(allContracts))('%s lets in whom it is for', async (name, contract) => {
    expect(await outcomesOf(kit, contract.method, pathOf(contract), bodyOf(contract))).toEqual(routes.get(name))
  })

  it.each(Object.entries(allContracts).filter(([, { mount }]) => mount === 'auth'))(
    '%s of another collection lets in those of that collection',
    async (name, contract) => {
      const path = pathOf(contract, '/api/v1/collections/customers/auth')
      const [nobody, viewer, , , customer] = await outcomesOf(kit, contract.method, path, bodyOf(contract))
      const row = routes.get(name) ?? []
      expect([nobody, customer, viewer]).toEqual([row[0], row[1], row[4]])
    },
  )
})

describe('what is another’s', () => {
  it.each([...beyond])('is reached by %s with a right to it', async (name, row) => {
    const { account, auth, credentialOf, send } = kit
    const { method = 'GET' } = allContracts[name] ?? {}
    const outcomes: string[] = []
    for (const caller of callers) {
      const { id, sessionId } = await account('viewer')
      const { apiKey } = await auth.apiKeys.create({ principalId: id, scopes: ['content:read'] })
      const sshKey = await auth.sshKeys.add({ principalId: id, publicKey, label: 'A key' })
      if (name === 'addSshKey') await auth.sshKeys.delete(sshKey.id)
      const request = requests[name]?.({ id, sessionId, tokenId: apiKey.id, sshKeyId: sshKey.id })
      const { path = '', ...body } = request ?? {}
      const got = await send(method, `/api/v1${path}`, { ...body, ...(await credentialOf(caller)) })
      outcomes.push(got.status === 404 ? '404' : outcomeOf(got))
      if (outcomes.at(-1) === 'in') expect([200, 201, 204], got.text).toContain(got.status)
      await auth.sshKeys.delete(sshKey.id)
      for (const { id: keyId } of await auth.sshKeys.list(id)) await auth.sshKeys.delete(keyId)
    }
    expect(outcomes).toEqual(row)
  })
})

describe('no route', () => {
  /** Headers with which proxies and frameworks talk to themselves, and some skip their checks when a client sends them. */
  const forged = {
    'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware',
    'x-middleware-rewrite': '/health',
    'x-original-url': '/health',
    'x-rewrite-url': '/health',
    'x-forwarded-uri': '/health',
    'x-forwarded-prefix': '/health',
    'x-http-method-override': 'OPTIONS',
    'x-method-override': 'OPTIONS',
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '127.0.0.1',
    forwarded: 'for=127.0.0.1;proto=https',
    'x-user-id': 'admin',
    'x-remote-user': 'admin',
    'x-clerk-auth-status': 'signed-in',
    'x-matched-path': '/health',
    'x-invoke-path': '/health',
    'next-action': 'x',
    rsc: '1',
  }

  /** Ways to write a path that other routers take for the same. */
  const variants: readonly ((path: string) => string)[] = [
    (path) => `/${path}`,
    (path) => path.replace('/v1/', '//v1/'),
    (path) => `/health/..;${path}`,
    (path) => `/health/%2e%2e${path}`,
    (path) => `${path};x=y`,
    (path) => `${path}%2f`,
    (path) => `${path}/.`,
    (path) => `${path}%00`,
    (path) => path.replace(/[a-z](?=[^/]*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    (path) => path.toUpperCase(),
    (path) => `${path}.json`,
    (path) => path.replaceAll('/', '\\'),
  ]

  const closed = Object.entries(allContracts).filter(([name]) => routes.get(name)?.[0] === '401')

  it.each(closed)('%s is opened by a header or by another way to write its path', async (name, contract) => {
    const { credentialOf, forget, send } = kit
    const row = routes.get(name) ?? []
    // Whoever is let in is let in with them, too.
    for (const [index, caller] of (['nobody', 'viewer'] as const satisfies readonly Caller[]).entries()) {
      const credential = await credentialOf(caller)
      const sent = { ...credential, ...bodyOf(contract) }
      expect(outcomeOf(await send(contract.method, pathOf(contract), { ...sent, headers: forged }))).toBe(row[index])
      if (row[index] === 'in') continue
      for (const write of variants) {
        const path = write(pathOf(contract))
        const got = await send(contract.method, path, sent)
        // Some spellings are the id of a record that nobody has.
        const outcome = got.status === 404 ? 'none' : outcomeOf(got)
        expect(['401', '403', 'none'], path).toContain(outcome)
      }
    }
    if (contract.method === 'DELETE') forget()
  })
})

/** Rows by the name in front, without the head. */
function readTable(text: string): ReadonlyMap<string, readonly string[]> {
  const [, ...rows] = text.trim().split('\n')
  return new Map(
    rows.map((row): [string, readonly string[]] => {
      const [name = '', ...outcomes] = row.trim().split(/ +/)
      return [name, outcomes]
    }),
  )
}
