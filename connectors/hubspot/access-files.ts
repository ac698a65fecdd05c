/**
 * Least privilege as files: what a private app or an OAuth app of HubSpot's developer platform is given, made of the one table of scopes.
 * `scripts/write-access.ts` writes them.
 */
import { neededToRun, neededToSetUp, scopeNeeds } from './scopes.ts'
import { settingsSchema } from './settings.ts'

/** By their names in `deploy/access/hubspot`. */
export function accessFiles(): Record<string, string> {
  const settings = settingsSchema.parse({ accessToken: 'none' })
  const all = settingsSchema.parse({ accessToken: 'none', leads: 'object', tasks: true })
  const run = names(neededToRun(settings))
  const setUp = names(neededToSetUp(settings))
  // What only some accounts need or have is asked for where the install address names it.
  const sometimes = [...names(neededToRun(all, true)), ...names(neededToSetUp(all))].filter(
    (scope) => !run.includes(scope),
  )
  const fixed = (requiredScopes: string[]) => app({ type: 'static', requiredScopes })
  return {
    'scopes.json': json(scopeNeeds),
    'private-app-hsmeta.json': json(fixed(run)),
    'private-app-set-up-hsmeta.json': json(fixed([...run, ...setUp].toSorted())),
    'oauth-app-hsmeta.json': json(
      app({
        type: 'oauth',
        redirectUrls: ['http://localhost:8485/callback'],
        requiredScopes: run,
        conditionallyRequiredScopes: sometimes.toSorted(),
      }),
    ),
    'README.md': readme,
  }
}

function app(auth: object): object {
  return {
    uid: 'causeway',
    type: 'app',
    config: {
      name: 'Causeway',
      description: 'Keeps partners, deal registrations and deals in step with the partner portal.',
      distribution: 'private',
      auth,
    },
  }
}

const names = (needs: { scope: string }[]) => [...new Set(needs.map(({ scope }) => scope))].toSorted()
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

const table = [
  '| scope | needed for | what it does |',
  '| --- | --- | --- |',
  ...scopeNeeds.map(({ scope, feature, why }) => `| \`${scope}\` | ${feature} | ${why} |`),
].join('\n')

const readme = `# HubSpot: the least that Causeway needs

Written by \`scripts/write-access.ts\` from the table that \`causeway doctor\` and \`causeway plan\` compare an account with.

${table}

An object that the connection's \`objects\` leaves out needs none of its scopes, \`leads\` are needed with \`leads: object\` alone, and
\`set-up\` is for \`causeway apply\`: grant it, apply, and take it away when the plan is empty. Lists of deals need a plan that has them.

| file | what for |
| --- | --- |
| \`private-app-hsmeta.json\` | an app of one account, with a fixed token, as Causeway runs |
| \`private-app-set-up-hsmeta.json\` | the same while \`causeway apply\` is used |
| \`oauth-app-hsmeta.json\` | an app with OAuth: what is always asked for, and what only where the install address names it; \`causeway connect\` comes back to the address given there |
| \`scopes.json\` | the table, for programs |

The \`hsmeta\` files are app definitions of HubSpot's developer platform (\`src/app/\` of a project of \`hs\`). For a service key or a
private app made in HubSpot's screens, tick the same scopes there.
`
