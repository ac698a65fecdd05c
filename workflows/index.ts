/** Every workflow that the worker runs, one file a process. */
export { directDealReview } from './direct-deal-review.ts'
export { mailer } from './mailer.ts'
export { registration } from './registration.ts'
export { sender } from './sender.ts'
export { stream } from './stream.ts'
