/** Owners and account details. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { invalid } from './errors.ts'
import type { Owner, Portal } from './portal.ts'
import { missing, routes } from './routing.ts'

const owners = (tail: string) => [`/crm/v3/owners${tail}`, `/crm/owners/2026-09${tail}`]
const ownersScope = () => ['crm.objects.owners.read']

export const accountRoutes = [
  ...routes('GET', [...owners(''), ...owners('/')], 'read', listOwners, ownersScope),
  ...routes('GET', owners('/:id'), 'read', getOwner, ownersScope),
  ...routes('GET', ['/account-info/v3/details'], 'read', (_, p) => ({
    status: 200,
    json: {
      portalId: p.portalId,
      accountType: 'DEVELOPER_TEST',
      timeZone: p.timeZone,
      companyCurrency: 'EUR',
      utcOffset: '+00:00',
    },
  })),
]

function listOwners(request: SandboxRequest, portal: Portal): SandboxReply {
  const archived = request.query.get('archived') === 'true'
  const email = request.query.get('email')
  const all = portal.owners.filter(
    (o) => o.archived === archived && (email === null || o.email === email.toLowerCase()),
  )
  const after = Number(request.query.get('after') ?? '0')
  const limit = Number(request.query.get('limit') ?? '100')
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw invalid('limit must be between 1 and 500')
  // `after` is the last owner shown, so that one who comes or goes meanwhile moves nobody.
  const rest = all.filter((o) => Number(o.id) > after).toSorted((a, b) => Number(a.id) - Number(b.id))
  const page = rest.slice(0, limit)
  return {
    status: 200,
    json: {
      results: page.map(ownerRow),
      ...(rest.length > limit ? { paging: { next: { after: page.at(-1)?.id ?? '' } } } : {}),
    },
  }
}

function getOwner(request: SandboxRequest, portal: Portal): SandboxReply {
  const archived = request.query.get('archived') === 'true'
  const byUser = request.query.get('idProperty') === 'userId'
  const id = request.params['id'] ?? ''
  const found = portal.owners.find((o) => (byUser ? String(o.userId) : o.id) === id && o.archived === archived)
  if (found === undefined) throw missing(`Owner ${id}`)
  return { status: 200, json: ownerRow(found) }
}

const times = (at: { createdAt: number; updatedAt: number }) => ({
  createdAt: new Date(at.createdAt).toISOString(),
  updatedAt: new Date(at.updatedAt).toISOString(),
})

function ownerRow(o: Owner): Record<string, unknown> {
  return {
    ...o,
    userId: o.archived ? null : o.userId,
    userIdIncludingInactive: o.userId,
    type: 'PERSON',
    teams: [],
    ...times(o),
  }
}
