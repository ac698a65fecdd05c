/** What of being told is a person's to choose. */
import type { Policy } from '../../domain/policy/policy.ts'
import { templateOf } from './catalogue.ts'

export interface Need {
  /** It can be switched off. */
  isDispensable: boolean
  /** It can wait for a digest. */
  mayWait: boolean
}

export function needOf(template: string, { notices }: Pick<Policy, 'notices'>): Need {
  const always = templateOf(template)?.always
  switch (always) {
    case undefined:
      return { isDispensable: true, mayWait: true }
    case 'decision':
      return { isDispensable: false, mayWait: notices.digest.includes('decisions') }
    case 'law':
      return { isDispensable: false, mayWait: notices.digest.includes('law') }
    case 'at-once':
      return { isDispensable: false, mayWait: false }
  }
}
