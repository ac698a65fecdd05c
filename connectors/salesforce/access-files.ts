/**
 * Least privilege as files: permission sets of the org, made of the one table that `access` judges by and `apply` makes them from.
 * `scripts/write-access.ts` writes them.
 */
import { integrationSet, objectRights, peopleSet, reportsSet, setUpSet, tasksSets } from './org-set-up.ts'
import type { ObjectRight, OrgGrant, OrgPermissionSet } from './org-set-up.ts'
import { permissionLabels } from './permissions.ts'
import { settings } from './settings.ts'

/** By their names in `deploy/access/salesforce`. */
export function accessFiles(): Record<string, string> {
  const usual = settings.parse({
    loginUrl: 'https://example.my.salesforce.com',
    clientId: 'none',
    clientSecret: 'none',
  })
  const sets = [
    integrationSet(usual),
    setUpSet(),
    peopleSet(usual),
    ...tasksSets({ ...usual, tasks: true }),
    reportsSet(),
  ]
  return {
    ...Object.fromEntries(sets.map((set) => [`permissionsets/${set.name}.permissionset-meta.xml`, xmlOf(set)])),
    'README.md': readmeOf(sets),
  }
}

const tags: Record<ObjectRight, string> = {
  Read: 'allowRead',
  Create: 'allowCreate',
  Edit: 'allowEdit',
  Delete: 'allowDelete',
  ViewAllRecords: 'viewAllRecords',
  ModifyAllRecords: 'modifyAllRecords',
}

function xmlOf({ label, description, system, grants }: OrgPermissionSet): string {
  const fields = grants.flatMap(({ object, fields: of }) =>
    [...of].map(([name, right]) => [`${object}.${name}`, right] as const),
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">',
    tag('description', description),
    ...fields
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, right]) =>
        block('fieldPermissions', [
          ['editable', right === 'edit'],
          ['field', name],
          ['readable', true],
        ]),
      ),
    tag('hasActivationRequired', false),
    tag('label', label),
    ...grants.filter(({ rights }) => rights.length > 0).flatMap(objectBlock),
    ...system.toSorted().flatMap((name) =>
      block('userPermissions', [
        ['enabled', true],
        ['name', name],
      ]),
    ),
    '</PermissionSet>',
    '',
  ].join('\n')
}

function objectBlock({ object, rights }: OrgGrant): string[] {
  const given = objectRights.map((right): [string, boolean | string] => [tags[right], rights.includes(right)])
  const all: [string, boolean | string][] = [...given, ['object', object]]
  return block(
    'objectPermissions',
    all.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function block(name: string, entries: [string, boolean | string][]): string[] {
  return [`    <${name}>`, ...entries.map(([key, value]) => `    ${tag(key, value)}`), `    </${name}>`]
}

function tag(name: string, value: boolean | string): string {
  const text = String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `    <${name}>${text}</${name}>`
}

function readmeOf(sets: OrgPermissionSet[]): string {
  const labels: Record<string, string> = permissionLabels
  const told = sets.map(({ name, description, system, grants }) =>
    [
      `## \`${name}\``,
      '',
      description,
      '',
      ...(system.length === 0
        ? []
        : [`System permissions: ${system.map((one) => labels[one] ?? one).join(', ')}.`, '']),
      ...grants.flatMap(({ object, rights, fields }) => [
        `- **${object}**${rights.length === 0 ? '' : ` (${rights.join(', ')})`}: ${[...fields].map(([field, right]) => `\`${field}\`${right === 'edit' ? '' : ' (read)'}`).join(', ')}`,
      ]),
    ].join('\n'),
  )
  return `# Salesforce: the least that Causeway needs

Permission sets for the field names that the settings have unless told otherwise, written by \`scripts/write-access.ts\` from the table that
\`causeway doctor\` compares an org with and \`causeway apply\` makes \`Causeway_Integration\` from.

**Without files:** assign \`Causeway_Set_Up\` (or an administrator's rights) to the integration user, run \`causeway apply\`, which makes
and assigns \`Causeway_Integration\`, and take \`Causeway_Set_Up\` away when \`causeway plan\` is empty.

**With files:** the sets name custom fields, so these must be there first. Put the folder into a project of the Salesforce CLI and deploy it
(\`sf project deploy start --source-dir permissionsets\`), then assign the sets (\`sf org assign permset --name Causeway_Integration\`).

Where the org-wide default of an object is Private, Edit reaches only the records that the user owns or is shared: add a sharing rule for
it, or *Modify All* on that object, which \`causeway doctor\` then tells of as more than is needed. \`causeway certify\` needs Delete for the
records that it makes.

${told.join('\n\n')}
`
}
