/** How much garbage a process that runs for long lets gather. */
import { setFlagsFromString } from 'node:v8'

/** What is in use grows by so much before all of the heap is looked through again. */
const GROWTH_PERCENT = 80

/**
 * Has memory follow what is in use and not how long there was work: by itself V8 lets a heap of 90 MB grow to three and four times
 * that before it looks for what is no longer used, the more the longer a back-fill lasts. To be called when all is loaded.
 */
export function keepHeapNearItsUse(): void {
  setFlagsFromString(`--heap-growing-percent=${String(GROWTH_PERCENT)}`)
}
