/** What the embedded parts say while they start, stop and restart. `facts` carry no secrets. */
export type Log = (message: string, facts?: Record<string, unknown>) => void
