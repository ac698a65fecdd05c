/** When a claim is checked: what must have been read before. */
import { z } from 'zod'
import { duration } from './values.ts'

export const screening = z.strictObject({
  /** How long a registration may wait for its portals to be read past its submission, before a person is asked. */
  wait: duration.prefault('5m'),
  /** How much older than the claim our reading of the CRM may be when the claim is checked against it. */
  crmMaxAge: duration.prefault('0s'),
})
