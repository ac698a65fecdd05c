/** Mappings: what is in force of each object, its draft, its history, and putting one in force or an earlier one back. */
import { createRoute, z } from '@hono/zod-openapi'
import { discardDraft, noDraft, saveDraft, versionIn } from '../db/mappings.ts'
import { CausewayError } from '../errors.ts'
import { publishDraft, rollBack, type Publication } from '../intake/publish-mapping.ts'
import { compareMappings } from '../mapping/compare.ts'
import { checkDocument } from '../mapping/document/check.ts'
import { markOf } from '../mapping/version.ts'
import { mappingHistory, mappingStandings } from '../reports/mappings.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, refusals, type Api } from './form.ts'
import { checkMapping, mappedObject, type MappedObject } from './mapping-check.ts'
import { textOf, which } from './mapping-texts.ts'
import { controllerOf } from './streams.ts'

const tags = ['mappings']
const text = z.string().nullable()
const params = z.object({ name: z.string().max(63), object: z.string().max(127) })
const source = z.string().max(200_000)
const note = z.string().max(1_000).nullable().default(null)

const standing = z
  .object({
    connection: z.string(),
    object: z.string(),
    kinds: z.array(z.string()),
    /** In force; null: the vendor's default. */
    version: z.number().nullable(),
    publishedAt: instant,
    publishedBy: text,
    draft: z.number().nullable(),
    draftedAt: instant,
    draftedBy: text,
  })
  .openapi('MappingStanding')

const finding = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    line: z.number().nullable(),
    field: text,
    path: text,
    reason: z.string(),
    proposal: text,
  })
  .openapi('MappingFinding')

const change = z.object({
  kind: z.string(),
  field: text,
  what: z.enum(['added', 'removed', 'changed']),
  words: z.string(),
})

const shown = z
  .object({
    connection: z.string(),
    object: z.string(),
    /** Which one it is: in force, draft, default, or a number. */
    which: z.string(),
    version: z.number().nullable(),
    author: text,
    note: text,
    publishedAt: instant,
    source: z.string(),
  })
  .openapi('Mapping')

const checked = z
  .object({
    connection: z.string(),
    object: z.string(),
    checked: z.string(),
    findings: z.array(finding),
    /** Whether the vendor described its fields, so that the mapping was checked against them. */
    described: z.boolean(),
  })
  .openapi('MappingCheck')

const published = z
  .object({
    version: z.number(),
    /** What was in force until then; 0: the vendor's default. */
    before: z.number(),
    changes: z.array(change),
    backFillId: text,
    findings: z.array(finding),
  })
  .openapi('MappingPublication')

const version = z
  .object({
    version: z.number(),
    state: z.enum(['draft', 'published', 'retired']),
    author: z.string(),
    note: text,
    restores: z.number().nullable(),
    createdAt: z.string(),
    publishedAt: instant,
    publishedBy: text,
    retiredAt: instant,
    taken: z.number(),
    written: z.number(),
    /** What it says otherwise than the one before it. */
    changes: z.array(change),
  })
  .openapi('MappingVersion')

const BASE = '/connections/{name}/mappings/{object}'

const list = createRoute({
  method: 'get',
  path: '/mappings',
  tags,
  summary: 'Lists the mappings of all connections: what is in force of each object, and whether there is a draft',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ items: z.array(standing) }), 'By connection and object'), ...refusals },
})

const show = createRoute({
  method: 'get',
  path: BASE,
  tags,
  summary: 'Shows a mapping as a document: the one in force, the draft, the vendor’s default, or a version',
  ...allow('admin', 'manager'),
  request: { params, query: z.object({ which: which.default('in-force') }) },
  responses: { 200: json(shown, 'The document'), ...refusals },
})

const save = createRoute({
  method: 'post',
  path: `${BASE}/draft`,
  tags,
  summary: 'Keeps a document as the object’s draft; nothing is in force by it',
  ...allow('admin'),
  request: { params, body: body(z.strictObject({ source, note })) },
  responses: { 201: json(checked.extend({ version: z.number() }), 'The draft and what is found in it'), ...refusals },
})

const discard = createRoute({
  method: 'delete',
  path: `${BASE}/draft`,
  tags,
  summary: 'Throws the draft away',
  ...allow('admin'),
  request: { params },
  responses: { 200: json(z.object({ version: z.number() }), 'What was thrown away'), ...refusals },
})

const check = createRoute({
  method: 'post',
  path: `${BASE}/check`,
  tags,
  summary: 'Checks a document, or the one that is saved, against what its vendor describes',
  ...allow('admin', 'manager'),
  request: {
    params,
    body: body(
      z.strictObject({
        /** A document that is checked without being saved. */
        source: source.optional(),
        which: which.optional(),
        /** False: the vendor is not asked. */
        live: z.boolean().default(true),
      }),
    ),
  },
  responses: { 200: json(checked, 'What was found'), ...refusals },
})

const diff = createRoute({
  method: 'get',
  path: `${BASE}/diff`,
  tags,
  summary: 'Tells in words what one mapping says otherwise than another',
  ...allow('admin', 'manager'),
  request: {
    params,
    query: z.object({ from: which.default('in-force'), to: which.default('draft') }),
  },
  responses: {
    200: json(z.object({ from: z.string(), to: z.string(), changes: z.array(change) }), 'The difference'),
    ...refusals,
  },
})

const publish = createRoute({
  method: 'post',
  path: `${BASE}/publish`,
  tags,
  summary: 'Puts the draft in force, whole and at once, in every process',
  ...allow('admin'),
  request: {
    params,
    body: body(
      z.strictObject({
        note,
        /** Publish although there are findings that stand against it; the audit keeps how many. */
        despite: z.boolean().default(false),
        /** Fields that come in for the first time are read of all records. */
        backFill: z.boolean().default(true),
      }),
    ),
  },
  responses: { 200: json(published, 'What is in force now'), ...refusals },
})

const history = createRoute({
  method: 'get',
  path: `${BASE}/versions`,
  tags,
  summary:
    'Lists the versions of a mapping with author, difference and the records that each touched, the newest first',
  ...allow('admin', 'manager'),
  request: { params, query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(20) }) },
  responses: { 200: json(z.object({ items: z.array(version) }), 'The versions'), ...refusals },
})

const restore = createRoute({
  method: 'post',
  path: `${BASE}/rollback`,
  tags,
  summary: 'Puts an earlier version back in force, as a new one with its very text',
  ...allow('admin'),
  request: {
    params,
    body: body(
      z.strictObject({
        /** 0: the vendor's default; absent: what was in force before the present version. */
        to: z.int().min(0).optional(),
        note,
        backFill: z.boolean().default(true),
      }),
    ),
  },
  responses: { 200: json(published, 'What is in force now'), ...refusals },
})

export function mappingRoutes(api: Api, deps: ApiDeps): void {
  const { db, programme, kick, log } = deps

  api.openapi(list, async (c) => {
    const edited = await mappingStandings(db)
    const items = [...programme.systems.values()].flatMap(({ name, mappings }) =>
      [...Map.groupBy(mappings, ({ object }) => object)].map(([object, of]) => {
        const known = edited.find((row) => row.connection === name && row.object === object)
        return { ...UNEDITED, ...known, connection: name, object, kinds: of.map(({ kind }) => kind) }
      }),
    )
    return c.json({ items }, 200)
  })

  api.openapi(show, async (c) => {
    const { name, object } = c.req.valid('param')
    const mapped = await mappedObject(deps, name, object)
    const { label, row, source: document } = await textOf(db, mapped, c.req.valid('query').which)
    const by = { version: row?.version ?? null, author: row?.author ?? null, note: row?.note ?? null }
    const publishedAt = row?.publishedAt ?? null
    return c.json({ connection: name, object, which: label, ...by, publishedAt, source: document }, 200)
  })

  api.openapi(save, async (c) => {
    const { name, object } = c.req.valid('param')
    const given = c.req.valid('json')
    const mapped = await mappedObject(deps, name, object)
    const by = controllerOf(c.get('caller'))
    const saved = await saveDraft(db, { connection: name, object, ...given, by })
    const { findings, described } = await checkMapping(mapped, given.source, { live: true })
    log.info('mapping drafted', { connection: name, object, version: saved.version, actor: by.actor })
    return c.json({ connection: name, object, checked: 'the draft', version: saved.version, findings, described }, 201)
  })

  api.openapi(discard, async (c) => {
    const { name, object } = c.req.valid('param')
    await mappedObject(deps, name, object)
    const gone = await discardDraft(db, { connection: name, object }, controllerOf(c.get('caller')))
    return c.json({ version: gone.version }, 200)
  })

  api.openapi(check, async (c) => {
    const { name, object } = c.req.valid('param')
    const { source: given, which: named, live } = c.req.valid('json')
    const mapped = await mappedObject(deps, name, object)
    const saved = given === undefined ? await textOf(db, mapped, named ?? 'latest') : null
    const { findings, described } = await checkMapping(mapped, given ?? saved?.source ?? '', { live })
    const what = saved?.label ?? 'the text given'
    return c.json({ connection: name, object, checked: what, findings, described }, 200)
  })

  api.openapi(diff, async (c) => {
    const { name, object } = c.req.valid('param')
    const { from, to } = c.req.valid('query')
    const mapped = await mappedObject(deps, name, object)
    const [was, is] = [await textOf(db, mapped, from), await textOf(db, mapped, to)]
    const changes = compareMappings(meaning(mapped, was.source), meaning(mapped, is.source))
    return c.json({ from: was.label, to: is.label, changes }, 200)
  })

  api.openapi(publish, async (c) => {
    const { name, object } = c.req.valid('param')
    const { note: why, despite, backFill } = c.req.valid('json')
    const mapped = await mappedObject(deps, name, object)
    const draft = await versionIn(db, { connection: name, object }, 'draft')
    if (draft === undefined) throw noDraft({ connection: name, object })
    const { mappings, rest, findings } = await checkMapping(mapped, draft.source, { live: true })
    const against = findings.filter(({ severity }) => severity === 'error')
    if (mappings === null || (against.length > 0 && !despite)) {
      const many = against.length === 1 ? 'A finding stands' : `${against.length} findings stand`
      const lines = against.map(({ line, reason }) => `${line === null ? 'default' : `line ${line}`}: ${reason}`)
      throw new CausewayError('CW_MAPPING_REFUSED', [`${many} against publishing it`, ...lines].join('\n  '), {
        findings,
      })
    }
    const by = controllerOf(c.get('caller'))
    const wish = { object, by, note: why, lists: mapped.connector.list !== undefined, backFill }
    const done = await publishDraft(db, mapped.system, {
      ...wish,
      source: draft.source,
      rest,
      despite: against.length,
    })
    return c.json({ ...told(done, name, object, by.actor), findings }, 200)
  })

  api.openapi(history, async (c) => {
    const { name, object } = c.req.valid('param')
    const mapped = await mappedObject(deps, name, object)
    const place = { connection: name, object, limit: c.req.valid('query').limit }
    const rows = await mappingHistory(db, place, markOf(mapped.around.defaults))
    const items = rows.map(({ source: document, ...row }, at) => {
      const before = rows.slice(at + 1).find(({ state }) => state !== 'draft')
      // Of the oldest that is shown what was before it may be left out.
      const was = before === undefined ? mapped.around.defaults : meaning(mapped, before.source)
      return { ...row, changes: compareMappings(was, meaning(mapped, document)) }
    })
    return c.json({ items }, 200)
  })

  api.openapi(restore, async (c) => {
    const { name, object } = c.req.valid('param')
    const { to = null, note: why, backFill } = c.req.valid('json')
    const { system, connector } = await mappedObject(deps, name, object)
    const by = controllerOf(c.get('caller'))
    const wish = { object, by, note: why, lists: connector.list !== undefined, backFill, to }
    return c.json({ ...told(await rollBack(db, system, wish), name, object, by.actor), findings: [] }, 200)
  })

  function told(done: Publication, connection: string, object: string, actor: string): Publication {
    kick()
    log.info('mapping published', { connection, object, version: done.version, before: done.before, actor })
    return done
  }
}

const UNEDITED = {
  version: null,
  publishedAt: null,
  publishedBy: null,
  draft: null,
  draftedAt: null,
  draftedBy: null,
}

function meaning({ around }: MappedObject, document: string) {
  return checkDocument(document, around).mappings ?? []
}
