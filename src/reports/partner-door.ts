/** What a partner's page of one registration shows. Takes a transaction of `asPartner`: the database shows what is that partner's. */
import { and, asc, desc, eq, isNull } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { extensions, proposedChanges } from '../db/schema/index.ts'
import { attachmentsOf } from './attachments.ts'
import { readOwn } from './partner-view.ts'
import { questionsOf } from './questions.ts'

/** Undefined when the partner has no such registration. */
export async function readDoor(tx: Tx, id: string) {
  const registration = await readOwn(tx, id)
  if (registration === undefined) return undefined
  const [proposal] = await tx
    .select({ fields: proposedChanges.fields, createdAt: proposedChanges.createdAt })
    .from(proposedChanges)
    .where(and(eq(proposedChanges.registrationId, id), eq(proposedChanges.state, 'open')))
    .orderBy(asc(proposedChanges.round))
  const [extension] = await tx
    .select({ until: extensions.until, askedAt: extensions.askedAt })
    .from(extensions)
    .where(and(eq(extensions.registrationId, id), isNull(extensions.settledAt)))
    .orderBy(desc(extensions.round))
    .limit(1)
  return {
    registration,
    questions: await questionsOf(tx, id),
    files: (await attachmentsOf(tx, id)) ?? [],
    proposal: proposal ?? null,
    extension: extension ?? null,
  }
}

export type Door = NonNullable<Awaited<ReturnType<typeof readDoor>>>
