/** All templates. A new subject is a file of `templates/` and one line here. */
import type { Audience } from '../../domain/notice.ts'
import type { Template } from './template.ts'
import { changeTemplates } from './templates/change.ts'
import { auditTemplates } from './templates/audit.ts'
import { conflictTemplates } from './templates/conflict.ts'
import { contactTemplates } from './templates/contact.ts'
import { directDealTemplates } from './templates/direct-deal.ts'
import { dealTemplates } from './templates/deals.ts'
import { exclusivityTemplates } from './templates/exclusivity.ts'
import { extensionTemplates } from './templates/extension.ts'
import { infoTemplates } from './templates/info.ts'
import { lifeTemplates } from './templates/life.ts'
import { registrationTemplates } from './templates/registration.ts'
import { taskTemplates } from './templates/task.ts'

export const catalogue = {
  ...taskTemplates,
  ...registrationTemplates,
  ...conflictTemplates,
  ...auditTemplates,
  ...exclusivityTemplates,
  ...extensionTemplates,
  ...infoTemplates,
  ...lifeTemplates,
  ...directDealTemplates,
  ...dealTemplates,
  ...changeTemplates,
  ...contactTemplates,
}

export type TemplateName = keyof typeof catalogue

/** The audiences that a template has a text for. */
export type AudienceOf<T extends TemplateName> = keyof (typeof catalogue)[T]['texts'] & Audience

export function templateOf(name: string): Template | undefined {
  return isTemplate(name) ? catalogue[name] : undefined
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(catalogue, name)
}
