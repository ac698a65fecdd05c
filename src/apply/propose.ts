/** First sight of companies: those that may be ones we know are taken in as they are, and a person is asked. */
import type { Company, CompanyKind } from '../db/candidates.ts'
import { findAlike } from '../db/candidates.ts'
import { proposeNamed } from '../db/named-duplicates.ts'
import { overtake, propose, proposePlanned, type Wish } from '../db/proposals.ts'
import { WORTH_ASKING } from '../domain/matching/match.ts'
import type { LedgerRecord } from '../db/ledger.ts'
import { mappingOf, objectFor, type System, type Systems } from '../mapping/systems.ts'
import type { Page } from './page.ts'

/**
 * Proposes the page's newcomers to be records that this system does not have yet. What matched for certain (key, domain, e-mail) is
 * linked by now and no newcomer. What the vendor itself named as one of ours comes first, for that says most. An account may turn out
 * to be a partner; a partner is never taken for an account.
 */
export async function proposeNewcomers(page: Page): Promise<void> {
  const { tx, system, object } = page
  const place = { connection: system.name, object }
  const standings = [...page.standings.values()].filter(({ isTouched }) => isTouched)
  const alive = standings.filter(({ gone }) => !gone)
  const newcomers = new Map(
    alive.flatMap(({ link: { recordId, externalId } }) => {
      const isNew = page.inserted.has(recordId) || (page.blank.has(recordId) && page.updated.has(recordId))
      const company = isNew ? companyOf(page.records.get(recordId)) : undefined
      return company === undefined || externalId === null ? [] : [[recordId, { company, externalId }] as const]
    }),
  )
  await proposeNamed(tx, system, object, {
    refused: [],
    read: alive.flatMap(({ link: { shadow, gone, externalId } }) =>
      (shadow === null || gone) && externalId !== null ? [externalId] : [],
    ),
  })
  const wishes: Wish[] = page.merged.flatMap(({ externalId, winner, loser }) =>
    winner.kind !== loser.kind || winner.recordId === loser.recordId
      ? []
      : [
          {
            ...place,
            externalId,
            kind: winner.kind,
            recordId: winner.recordId,
            candidate: { recordId: loser.recordId, score: 100, why: ['merged-there' as const] },
          },
        ],
  )
  for (const [kind, group] of Map.groupBy(newcomers.values(), ({ company }) => company.kind)) {
    const asked = group.map(({ company }) => company)
    const search = { kinds: kindsFor(system, object, kind), linked: false, from: WORTH_ASKING }
    for (const { asked: company, other, score, why } of await findAlike(tx, place, asked, search)) {
      const { recordId } = company
      const externalId = newcomers.get(recordId)?.externalId ?? ''
      wishes.push({ ...place, externalId, kind, recordId, candidate: { recordId: other.recordId, score, why } })
    }
  }
  await propose(tx, wishes)
  await overtake(tx, place, {
    gone: standings.flatMap(({ gone, link: { externalId } }) => (gone && externalId !== null ? [externalId] : [])),
    linked: alive.filter(({ link }) => link.shadow === null).map(({ link: { recordId } }) => recordId),
  })
}

/** Asks whether the CRMs' people keep these partners already, before they are made there. */
export async function proposePartners(page: Page, systems: Systems, recordIds: string[]): Promise<void> {
  const planned = recordIds.flatMap((id) => companyOf(page.records.get(id)) ?? [])
  for (const crm of systems.values()) {
    const object = crm.role === 'crm' ? objectFor(crm, 'partner') : undefined
    if (object === undefined) continue
    const kinds: CompanyKind[] = mappingOf(crm, object, 'account') === undefined ? ['partner'] : ['partner', 'account']
    await proposePlanned(page.tx, { connection: crm.name, object }, planned, kinds, WORTH_ASKING)
  }
}

function kindsFor(system: System, object: string, kind: CompanyKind): CompanyKind[] {
  return kind === 'account' && mappingOf(system, object, 'partner') !== undefined ? ['account', 'partner'] : [kind]
}

function companyOf(record: LedgerRecord | undefined): Company | undefined {
  if (record?.kind !== 'account' && record?.kind !== 'partner') return undefined
  const { name, domain, email } = record.values
  return {
    recordId: record.id,
    kind: record.kind,
    name: name ?? null,
    domain: domain ?? null,
    email: email ?? null,
  }
}
