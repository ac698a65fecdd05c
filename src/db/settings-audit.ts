/** What of the configuration the audit has told: the value that each setting had last, and an entry where one has another now. */
import { sql } from 'drizzle-orm'
import { changeBetween, type Settings } from '../domain/settings.ts'
import { recordAudit, type AuditEntry } from './audit.ts'
import type { Tx } from './connection.ts'

/** Whose settings they are: of a connection, of one of its objects, or of the programme. */
export interface SettingsPlace {
  what: 'policy' | 'routing' | 'connection.settings' | 'mapping'
  connection?: string
  object?: string
}

export interface ToldSettings {
  place: SettingsPlace
  version: string | null
  /** A value that was erased stands as null. */
  values: Settings
}

/** Everything that was told, by `settingsKey`. A mapping is told by whoever publishes it too. */
export async function toldSettings(tx: Tx): Promise<Map<string, ToldSettings>> {
  const { rows } = await tx.execute<{
    what: SettingsPlace['what']
    connection: string | null
    object: string | null
    version: string | null
    values: Settings
  }>(sql`
    with told as (
      select a.*, case when a.what like 'mapping.%' then 'mapping' else a.what end as of_what from audit a
      where a.what in ('policy', 'routing', 'connection.settings', 'mapping', 'mapping.published', 'mapping.rolled-back')
        and a.what <> 'write'
    ), latest as (
      select distinct on (t.of_what, t.connection, t.object, f.name) t.of_what, t.connection, t.object, f.name, v.after -> f.name as value,
        first_value(t.version) over (partition by t.of_what, t.connection, t.object order by t.at desc, t.id desc) as version
      from told t left join lateral jsonb_array_elements_text(t.fields) f(name) on true left join audit_values v on v.audit_id = t.id
      order by t.of_what, t.connection, t.object, f.name, t.at desc, t.id desc
    )
    select of_what as what, connection, object, version,
      coalesce(jsonb_object_agg(name, value) filter (where name is not null), '{}') as values
    from latest group by of_what, connection, object, version`)
  return new Map(
    rows.map(({ what, connection, object, version, values }) => {
      const place = { what, ...(connection === null ? {} : { connection }), ...(object === null ? {} : { object }) }
      return [settingsKey(place), { place, version, values }]
    }),
  )
}

export function settingsKey({ what, connection, object }: SettingsPlace): string {
  return JSON.stringify([what, connection ?? null, object ?? null])
}

/** One entry for settings that differ from what was told of them last; none where their version is the same. */
export async function tellSettings(
  tx: Tx,
  told: ToldSettings | undefined,
  now: SettingsPlace & { version: string; values: Settings; before?: Settings },
  by: Pick<AuditEntry, 'actor' | 'detail'>,
): Promise<boolean> {
  const { version, values, before = told?.values ?? {}, ...place } = now
  if (told?.version === version) return false
  const change = changeBetween(before, values)
  if (change === null && told !== undefined) return false
  await recordAudit(tx, [{ ...place, ...by, ...change, version }])
  return true
}
