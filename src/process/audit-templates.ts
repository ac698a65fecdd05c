/** To who gets the whole audit, and to who is asked about rows of it. */
export const AUDIT_TEMPLATES = { whole: 'audit.conflicts', assigned: 'audit.conflicts-assigned' } as const
