/** What the account's administrators demand of values, property by property. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import type { Portal } from './portal.ts'
import { missing, routes, schemaScope, typeParam } from './routing.ts'

const under = (tail: string) => [
  `/crm/v3/property-validations/:type${tail}`,
  `/crm/property-validations/2026-09/:type${tail}`,
]

export const validationRoutes = [
  ...routes('GET', under(''), 'read', ofObject, schemaScope),
  ...routes('GET', under('/:property'), 'read', ofProperty, schemaScope),
]

function ofObject(request: SandboxRequest, portal: Portal): SandboxReply {
  const results = [...portal.validations[typeParam(request)]].map(([propertyName, propertyValidationRules]) => ({
    propertyName,
    propertyValidationRules,
  }))
  return { status: 200, json: { results } }
}

function ofProperty(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const name = request.params['property'] ?? ''
  if (!portal.properties[type].has(name)) throw missing(`Property ${name}`)
  return { status: 200, json: { results: portal.validations[type].get(name) ?? [] } }
}
