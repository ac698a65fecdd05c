/**
 * The people of a partner's team. They have no list of their own: a team is read through its partnership, and a partnership that
 * changed is the sign that its team may have. Who is no longer in a team is found when everything is compared.
 */
import { createHash } from 'node:crypto'
import {
  ConnectorError,
  faultOf,
  type Ctx,
  type Outcome,
  type Read,
  type Ref,
  type VendorRecord,
  type Write,
} from '../contract.ts'
import { inParallel } from '../in-parallel.ts'
import type { Client } from './client.ts'
import { isObject, objectsOf, textOf, type JsonObject } from './json.ts'
import { noRecord } from './read.ts'
import type { Settings } from './settings.ts'
import { atOnce } from './write.ts'

/** A partner's team, as a partnership names it. */
interface Team {
  key: string
  /** What deals refer to the partner by. */
  partner: string
}

/** Which team a partnership has; null when it names none. */
export function teamOf(settings: Settings, partnership: JsonObject): Team | null {
  const key = isObject(partnership['team']) ? textOf(partnership['team']['key']) : null
  const partner = textOf(partnership[settings.partnerReference]) ?? textOf(partnership['key'])
  return key === null || partner === null ? null : { key, partner }
}

/** The members of these teams; one request each. */
export async function membersOf(client: Client, teams: Team[], wanted: string[], ctx: Ctx): Promise<VendorRecord[]> {
  const found = await inParallel(teams, atOnce, async (team) => {
    const path = `/partner-team/${encodeURIComponent(team.key)}`
    const data = await client.demand({ method: 'GET', path, route: '/partner-team/{team_key}' }, ctx)
    const items = isObject(data) ? data['items'] : data
    if (!Array.isArray(items)) throw new ConnectorError(noRecord('members'), 'no')
    return objectsOf(items).flatMap((member) => memberRecord(team, member, wanted) ?? [])
  })
  return found.flat()
}

/** Same order as `refs`. A member's id names its partner, so that one request to each partnership and team finds them. */
export async function readMembers(
  client: Client,
  settings: Settings,
  refs: Ref[],
  wanted: string[],
  ctx: Ctx,
): Promise<Read[]> {
  const partners = [...new Set(refs.flatMap(({ by, value }) => (by === 'id' ? (partnerIn(value) ?? []) : [])))]
  const teams = new Map<string, Read | VendorRecord[]>()
  await inParallel(partners, atOnce, async (partner) => {
    teams.set(partner, await teamMembers(client, settings, partner, wanted, ctx))
  })
  return refs.map((ref): Read => {
    const team = teams.get(partnerIn(ref.value) ?? '')
    if (team === undefined || ref.by !== 'id') return { status: 'absent' }
    if (!Array.isArray(team)) return team
    const record = team.find(({ id }) => id === ref.value)
    return record === undefined ? { status: 'absent' } : { status: 'found', record }
  })
}

async function teamMembers(
  client: Client,
  settings: Settings,
  partner: string,
  wanted: string[],
  ctx: Ctx,
): Promise<Read | VendorRecord[]> {
  try {
    const path = `/partnerships/${encodeURIComponent(partner)}`
    const answer = await client.call({ method: 'GET', path, route: '/partnerships/{key}' }, ctx)
    if (answer.status === 'absent') return { status: 'absent' }
    if (answer.status === 'refused') return { status: 'failed', fault: answer.fault }
    const team = isObject(answer.data) ? teamOf(settings, answer.data) : null
    if (team === null) return { status: 'failed', fault: noRecord('partnerships') }
    return await membersOf(client, [team], wanted, ctx)
  } catch (error) {
    if (error instanceof ConnectorError) return { status: 'failed', fault: error.fault }
    throw error
  }
}

/**
 * Adds a person to a partner's team. Who is in it already is answered as they are: PartnerStack refuses a second member of the same
 * e-mail without saying which one it means.
 */
export async function addMember(client: Client, settings: Settings, write: Write, ctx: Ctx): Promise<Outcome> {
  const { ref } = write
  const partner = textOf(write.fields['partner_key'])
  const email = textOf(write.fields['email'])
  if (write.mode === 'update')
    return rejected(ref, 'PartnerStack has no way to change a member of a team through its API', [])
  if (partner === null || email === null)
    return rejected(ref, 'A member of a team needs its partner and an e-mail', ['partner_key', 'email'])
  const known = await teamMembers(client, settings, partner, [], ctx)
  if (!Array.isArray(known))
    return known.status === 'failed'
      ? { ref, status: 'retry', fault: known.fault }
      : { ref, status: 'rejected', fault: faultOf('CW_RECORD_GONE', 'PartnerStack has no such partnership') }
  const present = known.find(({ fields }) => textOf(fields['email'])?.toLowerCase() === email.toLowerCase())
  if (present !== undefined) return { ref, status: 'done', id: present.id, stored: present }
  try {
    const answer = await client.call(
      {
        method: 'POST',
        path: `/partnerships/${encodeURIComponent(partner)}/member`,
        route: '/partnerships/{partner_key}/member',
        body: {
          email,
          first_name: textOf(write.fields['first_name']) ?? '',
          last_name: textOf(write.fields['last_name']) ?? '',
        },
      },
      ctx,
    )
    if (answer.status === 'absent')
      return { ref, status: 'rejected', fault: faultOf('CW_RECORD_GONE', 'PartnerStack has no such partnership') }
    if (answer.status === 'refused')
      return { ref, status: answer.effect === 'maybe' ? 'unclear' : 'rejected', fault: answer.fault }
    const made = isObject(answer.data) ? memberRecord({ key: '', partner }, answer.data, []) : null
    if (made === null) return { ref, status: 'unclear', fault: noRecord('members') }
    return { ref, status: 'done', id: made.id, stored: made }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { ref, status: error.effect === 'maybe' ? 'unclear' : 'retry', fault: error.fault }
  }
}

function rejected(ref: string, message: string, fields: string[]): Outcome {
  return { ref, status: 'rejected', fault: faultOf('CW_RECORD_INVALID', message, { fields }) }
}

/** A member has no times of its own: its version is what it says. */
function memberRecord({ partner }: Team, member: JsonObject, wanted: string[]): VendorRecord | null {
  const key = textOf(member['key'])
  if (key === null) return null
  const [first, last] = [textOf(member['first_name']), textOf(member['last_name'])]
  const fields = {
    key,
    partner_key: partner,
    email: textOf(member['email']),
    first_name: first,
    last_name: last,
    name: [first, last].filter((part) => part !== null).join(' ') || null,
    state: 'active',
  }
  const version = createHash('sha256').update(JSON.stringify(fields)).digest('base64url').slice(0, 16)
  const shown =
    wanted.length === 0 ? fields : Object.fromEntries(Object.entries(fields).filter(([n]) => wanted.includes(n)))
  return {
    object: 'members',
    id: `${partner}/${key}`,
    key: null,
    version,
    modifiedAt: null,
    deleted: false,
    mergedInto: null,
    fields: shown,
  }
}

function partnerIn(id: string): string | null {
  const cut = id.lastIndexOf('/')
  return cut <= 0 ? null : id.slice(0, cut)
}
