/** How people are told. */
import { z } from 'zod'

/** What nobody can switch off, and a reader may wish to get with others in one mail where the policy lets them. */
export const collectable = ['decisions', 'law'] as const

export const notices = z.strictObject({
  /** A decision that is asked may wait for a digest, and so may what is told of an approval, a refusal, a lapse. Absent: neither. */
  digest: z.array(z.enum(collectable)).default([]),
})
