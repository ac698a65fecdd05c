/** A worker that reads everything until it is killed: told by its first page, that its killer may begin. */
import { backFill } from '../../src/intake/back-fill.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { countedSystem, countedVendor } from '../setup/counted-vendor.ts'

const [url = '', total = ''] = process.argv.slice(2)
const { db } = openDatabase(url, 2)
const vendor = countedVendor(Number(total), 50, 3)
const { signal } = new AbortController()
process.send?.('ready')
while ((await backFill(db, countedSystem, vendor, 'accounts', signal, () => process.send?.('page'))).more);
process.send?.('done')
process.disconnect()
process.exit(0)
