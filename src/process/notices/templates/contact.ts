/** People at partners. */
import type { Template } from '../template.ts'

export const contactTemplates = {
  'contact.deactivate': {
    always: 'decision',
    texts: {
      manager: {
        subject: '{person} has left {partner}: please remove their access to {connection}',
        body: `{person} has left {partner} and still stands in {connection} as if they had not. Causeway cannot deactivate anybody there, so please remove their access there by hand.

Please do so by {decideBy}

Once {connection} shows that they are gone, this is settled by itself. Else say here that their access is revoked, or that they keep it:
{commands}`,
      },
    },
  },
} as const satisfies Record<string, Template>
