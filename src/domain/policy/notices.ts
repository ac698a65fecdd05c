/** How people are told. */
import { z } from 'zod'

export const notices = z.strictObject({})
