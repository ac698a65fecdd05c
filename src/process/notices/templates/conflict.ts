/** What two claims on one company mean for each; neither side learns who the other is. */
import type { Template } from '../template.ts'

export const conflictTemplates = {
  'conflict.detected': {
    always: true,
    texts: {
      partner: {
        subject: 'Another partner registered {company} as well',
        body: 'Another partner submitted a registration for {company}, which you have registered. Nothing changes for you unless we write again.',
      },
    },
  },
} as const satisfies Record<string, Template>
