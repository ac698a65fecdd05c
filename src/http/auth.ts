/** Who calls: an API key stands for a role, and a partner's key for its partner. */
import type { MiddlewareHandler } from 'hono'
import type { Db } from '../db/connection.ts'
import { findKey } from '../db/api-keys.ts'
import type { Actor } from '../domain/task-kinds.ts'
import { CausewayError } from '../errors.ts'

export type Caller = Staff | PartnerCaller

export interface Staff {
  role: 'admin' | 'manager'
  keyId: string
  /** Names the person or program in decisions and timelines. */
  label: string
  /** The person that the key stands for. */
  email: string | null
}

export interface PartnerCaller {
  role: 'partner'
  keyId: string
  label: string
  partnerId: string
}

export type Role = Caller['role']

export interface ApiEnv {
  Variables: { requestId: string; caller: Caller }
}

/** Lets only requests with a valid key pass. The key is looked up by its hash, so that comparing it takes no telling time. */
export function authenticate(db: Db): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const given = /^Bearer\s+(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const key = given === undefined ? undefined : await findKey(db, given)
    if (key === undefined) {
      throw new CausewayError('CW_UNAUTHENTICATED', 'The request has no API key that is in force')
    }
    c.set('caller', key)
    await next()
  }
}

/**
 * Says in the OpenAPI document who may call a route, and enforces it.
 *
 * @example createRoute({ method: 'get', path: '/tasks', ...allow('admin', 'manager'), responses: { … } })
 */
export function allow(...roles: [Role, ...Role[]]) {
  const guard: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const { role } = c.get('caller')
    if (!roles.includes(role)) {
      throw new CausewayError('CW_FORBIDDEN', `A ${role} key may not do this; it takes ${roles.join(' or ')}`)
    }
    await next()
  }
  return { security: [{ key: [] }], 'x-roles': roles, middleware: guard }
}

/** The caller as rows and timelines name them. */
export function actorOf(caller: Caller, door: 'api' | 'cli' = 'api'): Actor {
  const { label } = caller
  return caller.role === 'partner' ? { label, email: null, door: 'portal' } : { label, email: caller.email, door }
}

/** The caller as staff; for routes that `allow` opens to staff only. */
export function staff(caller: Caller): Staff {
  if (caller.role === 'partner') throw new CausewayError('CW_FORBIDDEN', 'A partner key may not do this')
  return caller
}
