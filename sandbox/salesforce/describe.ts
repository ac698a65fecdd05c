/** What an administrator's client asks first: versions, describe, limits. */
import { endpoint, versionOf } from './endpoint.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { isVisible, objectNamed } from './org.ts'
import type { Org } from './org.ts'
import { demandRead, fieldRight, may } from './rights.ts'
import type { FieldDef, ObjectDef } from './schema.ts'

/** Summer '25 to Winter '27. */
export const versions = ['64.0', '65.0', '66.0', '67.0', '68.0']

export const describeRoutes: OrgRoute[] = [
  {
    method: 'GET',
    path: '/services/data',
    effect: 'token',
    handler: () => ({
      status: 200,
      json: versions.map((version) => ({ label: `Release ${version}`, url: `/services/data/v${version}`, version })),
    }),
  },
  endpoint('GET', '', 'read', (request, world) => {
    const base = `/services/data/${versionOf(request)}`
    return {
      status: 200,
      json: {
        identity: identityUrl(world),
        sobjects: `${base}/sobjects`,
        query: `${base}/query`,
        queryAll: `${base}/queryAll`,
        limits: `${base}/limits`,
        composite: `${base}/composite`,
        tooling: `${base}/tooling`,
      },
    }
  }),
  endpoint('GET', '/sobjects', 'read', (request, world) =>
    unlessUnchanged(request, world, () => ({
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: [...world.state.schema.values()]
        .filter((def) => may(world.state, def.name, 'Read'))
        .map((def) => summary(world.state, def, versionOf(request))),
    })),
  ),
  endpoint('GET', '/sobjects/:object', 'read', (request, world) => ({
    status: 200,
    json: {
      objectDescribe: summary(world.state, objectNamed(world.state, request.params.object ?? ''), versionOf(request)),
      recentItems: [],
    },
  })),
  endpoint('GET', '/sobjects/:object/describe', 'read', (request, world) =>
    unlessUnchanged(request, world, () => {
      const def = objectNamed(world.state, request.params.object ?? '')
      demandRead(world.state, def.name)
      return describeObject(world.state, def, versionOf(request))
    }),
  ),
  endpoint('GET', '/limits', 'read', (_request, world) => {
    const limit = world.switches.dailyLimit
    return {
      status: 200,
      json: {
        DailyApiRequests: { Max: limit, Remaining: Math.max(0, limit - world.state.used) },
        DailyBulkApiBatches: { Max: 15_000, Remaining: 15_000 },
        DailyBulkV2QueryJobs: { Max: 10_000, Remaining: 10_000 },
      },
    }
  }),
]

export function identityUrl(world: OrgWorld): string {
  return `${world.baseUrl}/id/${world.state.organizationId}/${world.state.runningUserId}`
}

/** A describe changes with the schema only; the sandbox answers 304 to anyone who asks about a time after its start. */
function unlessUnchanged(request: SandboxRequest, world: OrgWorld, body: () => unknown): SandboxReply {
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  if (!Number.isNaN(since) && since >= world.state.schemaChangedMs) return { status: 304 }
  return { status: 200, json: body() }
}

function summary(org: Org, def: ObjectDef, version: string): Record<string, unknown> {
  const base = `/services/data/${version}/sobjects/${def.name}`
  return {
    activateable: false,
    createable: def.createable && may(org, def.name, 'Create'),
    custom: def.name.endsWith('__c'),
    customSetting: false,
    deepCloneable: false,
    deletable: def.deletable && may(org, def.name, 'Delete'),
    deprecatedAndHidden: false,
    feedEnabled: false,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: def.prefix,
    label: def.label,
    labelPlural: `${def.label}s`,
    layoutable: true,
    mergeable: def.mergeable,
    mruEnabled: true,
    name: def.name,
    queryable: true,
    replicateable: true,
    retrieveable: true,
    searchable: true,
    triggerable: true,
    undeletable: def.deletable,
    updateable: def.updateable && may(org, def.name, 'Edit'),
    urls: { sobject: base, describe: `${base}/describe`, rowTemplate: `${base}/{ID}` },
  }
}

function describeObject(org: Org, def: ObjectDef, version: string): Record<string, unknown> {
  return {
    ...summary(org, def, version),
    actionOverrides: [],
    childRelationships: [],
    compactLayoutable: true,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: [],
    searchLayoutable: true,
    supportedScopes: [],
    fields: def.fields
      .filter((f) => isVisible(org, def.name, f))
      .map((f) => describeField(f, fieldRight(org, def.name, f.name) === 'edit')),
  }
}

function describeField(f: FieldDef, isEditable: boolean): Record<string, unknown> {
  const soap: Partial<Record<FieldDef['type'], string>> = {
    id: 'tns:ID',
    reference: 'tns:ID',
    boolean: 'xsd:boolean',
    currency: 'xsd:double',
    double: 'xsd:double',
    percent: 'xsd:double',
    int: 'xsd:int',
    date: 'xsd:date',
    datetime: 'xsd:dateTime',
  }
  return {
    aggregatable: true,
    autoNumber: false,
    byteLength: f.length * 3,
    calculated: f.calculated,
    calculatedFormula: null,
    cascadeDelete: false,
    caseSensitive: f.caseSensitive,
    compoundFieldName: null,
    controllerName: null,
    createable: f.createable && isEditable,
    custom: f.custom,
    defaultValue: f.defaultValue,
    defaultedOnCreate: f.defaultValue !== null || f.type === 'boolean' || f.name === 'OwnerId',
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: f.type === 'int' ? 9 : 0,
    encrypted: false,
    externalId: f.externalId,
    filterable: true,
    groupable: true,
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: f.type === 'id' || f.externalId,
    inlineHelpText: null,
    label: f.label,
    length: f.length,
    name: f.name,
    nameField: f.name === 'Name',
    nillable: f.nillable,
    permissionable: f.nillable && f.type !== 'id',
    picklistValues: (f.values ?? []).map((value) => ({
      active: true,
      defaultValue: value === f.defaultValue,
      label: value,
      validFor: null,
      value,
    })),
    precision: f.precision,
    referenceTo: f.referenceTo,
    relationshipName: f.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: f.restricted,
    scale: f.scale,
    soapType: soap[f.type] ?? 'xsd:string',
    sortable: true,
    type: f.type,
    unique: f.unique,
    updateable: f.updateable && isEditable,
  }
}
