/**
 * Whose choice stands in a property that people choose in. Who changed a record last may be somebody else by the time it is read; the
 * property's own history tells who set it. It costs a request, and is asked for only of records where something is chosen.
 */
import { z } from 'zod'
import type { Ctx, Fields } from '../contract.ts'
import type { Api } from './api.ts'
import type { BatchDeps } from './batch-read.ts'
import type { RecordObject } from './objects.ts'
import type { Owners } from './owners.ts'
import type { Row } from './records.ts'
import type { Settings } from './settings.ts'

/** Records that a batch read takes where histories are asked for: fewer than otherwise. */
export const historyBatch = 50

/** The derived fields, each with the property that is chosen in and whether that is anybody's choice. */
export function choicesOf({ properties: p }: Settings): Record<string, { property: string; isChosen: IsChosen }> {
  return {
    decidedByOwner: { property: p.decision, isChosen: (value) => (value ?? '') !== '' },
    extensionAskedByOwner: { property: p.extensionRequested, isChosen: (value) => value === 'true' },
  }
}
type IsChosen = (value: string | null | undefined) => boolean

const entrySchema = z.object({
  value: z.string().nullish(),
  timestamp: z.string().nullish(),
  sourceId: z.string().nullish(),
  updatedByUserId: z.coerce.string().nullish().catch(null),
})
type Entry = z.output<typeof entrySchema>

const historySchema = z.object({
  results: z.array(
    z.object({
      id: z.string().min(1),
      propertiesWithHistory: z.record(z.string(), z.array(entrySchema)).nullish(),
    }),
  ),
})

/** By record id: for each wished field the owner who chose; null where nothing is chosen or nobody is told. */
export async function chosenBy(
  deps: BatchDeps & { owners: Pick<Owners, 'ofUsers'> },
  object: RecordObject,
  rows: Row[],
  fields: string[],
  ctx: Ctx,
): Promise<Map<string, Fields>> {
  const choices = Object.entries(choicesOf(deps.settings)).filter(([field]) => fields.includes(field))
  const chosen = rows.filter(({ properties }) =>
    choices.some(([, { property, isChosen }]) => isChosen(properties[property])),
  )
  const users = choices.length === 0 ? null : await usersBehind(deps, object, chosen, properties(choices), ctx)
  return new Map(
    rows.map((row) => [
      row.id,
      Object.fromEntries(
        choices.map(([field, { property, isChosen }]) => {
          const value = row.properties[property]
          return [field, isChosen(value) ? (users?.(row, property, value ?? '') ?? null) : null]
        }),
      ),
    ]),
  )
}

const properties = (choices: [string, { property: string }][]): string[] => choices.map(([, { property }]) => property)

/** The owner behind a value of a row's property, by the way that the settings name. */
async function usersBehind(
  deps: BatchDeps & { owners: Pick<Owners, 'ofUsers'> },
  object: RecordObject,
  rows: Row[],
  names: string[],
  ctx: Ctx,
): Promise<(row: Row, property: string, value: string) => string | null> {
  switch (deps.settings.propertyDecider) {
    case 'owner':
      return ({ properties: p }) => p['hubspot_owner_id'] ?? null
    case 'updated-by': {
      const owners = await deps.owners.ofUsers(rows.map(updatedBy), ctx)
      return (row) => owners.get(updatedBy(row)) ?? null
    }
    case 'history': {
      const history = await historyOf(deps.api, object, rows, names, ctx)
      const userOf = (row: Row, property: string, value: string) => setter(history.get(row.id)?.[property] ?? [], value)
      const asked = rows.flatMap((row) => names.map((name) => userOf(row, name, row.properties[name] ?? '') ?? ''))
      const owners = await deps.owners.ofUsers(asked, ctx)
      return (row, property, value) => owners.get(userOf(row, property, value) ?? '') ?? null
    }
  }
}

const updatedBy = ({ properties: p }: Row): string => p['hs_updated_by_user_id'] ?? ''

/** By record id, the histories of these properties. */
export async function historyOf(
  api: Api,
  object: RecordObject,
  rows: { id: string }[],
  names: string[],
  ctx: Ctx,
): Promise<Map<string, Record<string, Entry[]>>> {
  const found = new Map<string, Record<string, Entry[]>>()
  const route = `POST /crm/v3/objects/${object}/batch/read`
  for (let start = 0; start < rows.length; start += historyBatch) {
    const inputs = rows.slice(start, start + historyBatch).map(({ id }) => ({ id }))
    const input = { inputs, properties: [], propertiesWithHistory: names }
    const call = { ctx, route, effect: 'read', schema: historySchema, success: 200 } as const
    const { data } = await api.call(call, (sdk) => sdk.batch.read(object, input))
    for (const { id, propertiesWithHistory } of data.results) found.set(id, propertiesWithHistory ?? {})
  }
  return found
}

/** The user who set the value that stands: of its latest setting, for it may have been set, taken away and set again. */
function setter(entries: Entry[], value: string): string | null {
  const [latest] = entries
    .filter((entry) => (entry.value ?? '') === value)
    .toSorted((a, b) => Date.parse(b.timestamp ?? '') - Date.parse(a.timestamp ?? ''))
  return latest === undefined ? null : userIn(latest)
}

/** Null: a program, or it is not told. */
export function userIn({ updatedByUserId, sourceId }: Entry): string | null {
  return updatedByUserId ?? /^userId:(\d+)$/.exec(sourceId ?? '')?.[1] ?? null
}
