/** The answers that faults put in a handler's place: the vendor's own shape for what vendors say, plain for the rest. */
import type { SandboxDefinition, SandboxReply, SandboxRequest, SwitchSet, World } from './definition.ts'
import type { Fault } from './faults.ts'

/** Whether the fault puts another answer in the handler's place; the others only break the handler's own on its way. */
export function replaces(fault: Fault): boolean {
  return fault.kind === 'status' || fault.kind === 'throttle' || fault.kind === 'expired-token' || fault.kind === 'html'
}

export function faultReply<State, Switches extends SwitchSet>(
  definition: SandboxDefinition<State, Switches>,
  world: World<State, Switches>,
  request: SandboxRequest,
  fault: Fault,
): SandboxReply {
  const decorated = (reply: SandboxReply) => definition.decorate?.(request, reply, world) ?? reply
  switch (fault.kind) {
    case 'throttle': {
      const json = { message: 'Too many requests' }
      const shaped = definition.faultBodies?.throttle?.(request, world) ?? { status: 429, json }
      const wait = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }
      return decorated({ ...shaped, headers: { ...shaped.headers, ...wait, ...fault.headers } })
    }
    case 'expired-token': {
      const json = { message: 'Unauthorized' }
      return decorated(definition.faultBodies?.expiredToken?.(request, world) ?? { status: 401, json })
    }
    case 'html': {
      const page = '<!doctype html><html><body><h1>We will be right back</h1></body></html>'
      const headers = { 'content-type': 'text/html; charset=utf-8', ...fault.headers }
      return { status: fault.status ?? 200, headers, text: typeof fault.body === 'string' ? fault.body : page }
    }
    case 'status': {
      const base = { status: fault.status ?? 503, headers: fault.headers }
      if (fault.body === undefined) return base
      return typeof fault.body === 'string' ? { ...base, text: fault.body } : { ...base, json: fault.body }
    }
    default:
      // The connection breaks; what the client may see of the answer only has to look like one.
      return { status: 200, json: { data: [] } }
  }
}
