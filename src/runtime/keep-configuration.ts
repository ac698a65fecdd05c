/** What a start puts into the database of its configuration, and what the audit keeps of it where it changed. */
import { eq, sql } from 'drizzle-orm'
import { parse } from 'yaml'
import { z } from 'zod'
import { apartOf } from '../../connectors/registry.ts'
import { configurationFile } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { knowConnections } from '../db/connections.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { policyVersions } from '../db/schema/index.ts'
import { settingsKey, tellSettings, toldSettings, type SettingsPlace, type ToldSettings } from '../db/settings-audit.ts'
import { settingsIn, type Settings } from '../domain/settings.ts'
import { mappingSettings } from '../mapping/compare.ts'
import type { Systems } from '../mapping/systems.ts'
import { markOf, versionOf } from '../mapping/version.ts'
import { keepPolicy } from '../process/keep-policy.ts'
import { dropNamedLists } from '../process/named-lists.ts'
import type { Programme } from '../process/programme.ts'
import { wakeClocks } from '../process/relay.ts'
import { portableConfig, portableValues } from '../promotion/portable.ts'
import { policyIn } from './config/policy-file.ts'
import type { ConfigDocument } from './config/schema.ts'

/**
 * Keeps the policy that rulings cite, with its text, once for each version; makes each connection known in the mode that it begins with;
 * forgets lists that are named no longer; puts the published mappings in force; tells the audit field by field what of the policy, the
 * connections, the routing and the mappings differs from what it was told last. Several processes may start at once: one after another.
 */
export async function keepConfiguration(db: Db, config: ConfigDocument, { policy, systems }: Programme): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('causeway configuration'))`)
    await keepPolicy(tx, policy, config.policySource)
    await knowConnections(
      tx,
      Object.entries(config.connections).map(([name, { mode }]) => ({ name, mode })),
    )
    await dropNamedLists(tx, systems)
    for (const system of systems.values()) await mappingsInForce(tx, system)
    const told = await toldSettings(tx)
    const isNewPolicy = await tellPolicy(tx, told, policy.version, config.policySource)
    if (isNewPolicy && policy.edits.runningClocks === 'rejudge') await wakeClocks(tx)
    await tellAll(tx, told, settingsOfFile(config.source), configurationFile)
    // A vendor's default follows from the release and the settings; nobody published it.
    await tellAll(tx, told, mappingsOf(systems), 'system')
  })
}

type Found = SettingsPlace & { values: Settings; version: string }

async function tellAll(tx: Tx, told: Map<string, ToldSettings>, found: Found[], actor: string): Promise<void> {
  const here = new Set(found.map(settingsKey))
  // A connection that is gone takes its mappings along without a word of their own.
  const isOfThese = ({ what, connection }: SettingsPlace) =>
    found.some((now) => now.what === what && (what !== 'mapping' || now.connection === connection))
  const gone = [...told.values()].filter(({ place }) => isOfThese(place) && !here.has(settingsKey(place)))
  const nothing = { values: {}, version: versionOf({}) }
  for (const now of [...found, ...gone.map(({ place }) => ({ ...place, ...nothing }))])
    await tellSettings(tx, told.get(settingsKey(now)), now, { actor })
}

async function tellPolicy(tx: Tx, told: Map<string, ToldSettings>, version: string, source: string): Promise<boolean> {
  const last = told.get(settingsKey({ what: 'policy' }))
  const earlier = last?.version ?? null
  const [held] =
    earlier === null ? [] : await tx.select().from(policyVersions).where(eq(policyVersions.version, earlier))
  const before = settingsIn(policyIn(parse(held?.source ?? '{}')))
  const now = { what: 'policy' as const, version, before, values: settingsIn(policyIn(parse(source))) }
  return tellSettings(tx, last, now, { actor: configurationFile, detail: { before: earlier } })
}

const written = z.object({ connections: z.record(z.string(), z.record(z.string(), z.unknown())), routing: z.unknown() })

/** As they are written: a secret is its reference's name, or a name that we give it. */
function settingsOfFile(source: string): Found[] {
  const { connections, routing } = written.parse(portableValues(portableConfig(source, apartOf)))
  const places = Object.entries(connections).map(([connection, { mode: _mode, ...settings }]) => ({
    what: 'connection.settings' as const,
    connection,
    // Not the mode: it says only how a connection begins, and whoever switches it is told with it.
    settings,
  }))
  return [...places, { what: 'routing' as const, settings: routing }].map(({ settings, ...place }) => {
    const values = settingsIn(settings)
    return { ...place, values, version: versionOf(values) }
  })
}

function mappingsOf(systems: Systems): Found[] {
  return [...systems.values()].flatMap(({ name, mappings: all }) =>
    [...Map.groupBy(all, ({ object }) => object)].map(([object, mappings]) => ({
      what: 'mapping' as const,
      connection: name,
      object,
      values: mappingSettings(mappings),
      version: markOf(mappings),
    })),
  )
}
