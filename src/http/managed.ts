/** Where files say the mappings, nothing else does. */
import { CausewayError } from '../errors.ts'
import type { ApiDeps } from './deps.ts'

/** @throws CW_MANAGED_BY_FILE naming the folder whose files are to be edited */
export function assertEditable({ managedBy: folder }: Pick<ApiDeps, 'managedBy'>): void {
  if (folder === undefined) return
  throw new CausewayError(
    'CW_MANAGED_BY_FILE',
    `Mappings are managed by files here (managed: file): edit <connection>.<object>.yaml in ${folder} and start again`,
    { folder },
  )
}
