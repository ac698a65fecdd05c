/** Writes docs/reference/notices.md from the catalogue of templates; run it after a change to src/process/notices/templates. */
import { audiences, topicOf, type Audience } from '../src/domain/notice.ts'
import { catalogue } from '../src/process/notices/catalogue.ts'
import { plainSettings } from '../src/process/notices/settings.ts'
import type { Template } from '../src/process/notices/template.ts'
import { writePage } from './page.ts'

export function noticesPage(): string {
  const topics = Map.groupBy(Object.entries<Template>(catalogue), ([name]) => topicOf(name))
  return `# Notices

What people are told, by topic. A template has a text for each audience that it is written for; what that audience may not see cannot stand
in it. What is marked under \`always\` cannot be switched off: \`decision\` asks for one, \`law\` says what holds in law, and both wait for a digest
only where the policy lets them (\`notices.digest\`); \`at-once\` never waits. Of the others everybody chooses for themselves, by topic. How, and how texts are replaced, stands in [Notices](../guides/notices.md).

By default people are told by these channels; \`notices.people\` in causeway.yaml says otherwise for all, and each person for themselves:

| audience | channels |
| --- | --- |
${audiences.map((audience) => `| ${audience} | ${plainSettings.people[audience].join(', ')} |`).join('\n')}

A rep who is told of a direct deal at a registered account gets it as a task in the CRM as well, where the CRM keeps tasks.

${[...topics].map(([topic, templates]) => section(topic, templates)).join('\n\n')}

This page is made from \`src/process/notices/catalogue.ts\` by \`scripts/notices-page.ts\`.
`
}

function section(topic: string, templates: [string, Template][]): string {
  const rows = templates.flatMap(([name, { always, texts }]) =>
    audiences.flatMap((audience) => {
      const text = texts[audience]
      return text === undefined ? [] : [rowOf(name, audience, always, text.subject)]
    }),
  )
  return [
    `## ${topic}`,
    '',
    '| template | audience | channels by default | always | subject |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function rowOf(name: string, audience: Audience, always: Template['always'], subject: string): string {
  const channels = plainSettings.people[audience].join(', ')
  return `| \`${name}\` | ${audience} | ${channels} | ${always ?? ''} | ${subject.replaceAll('|', '\\|')} |`
}

if (import.meta.main) await writePage('notices.md', noticesPage())
