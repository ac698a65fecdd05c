/** The stock client in a process of its own, for the bugs that end or freeze a process. Prints what became of one query. */
import { Connection } from 'jsforce'

const conn = new Connection({ version: '67.0', instanceUrl: process.argv[2] ?? '', accessToken: 'token' })
console.log('asking')
try {
  const { records } = await conn.query('SELECT Id FROM Account')
  console.log(`answered ${String(records.length)}`)
} catch (error) {
  console.log(`rejected ${error instanceof Error ? error.name : 'with something'}`)
}
