import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { it, expect } from 'vitest'
import { createHttp } from '../http.ts'
import { unlimitedBudget } from '../budget.ts'
import { silentLog } from '../log.ts'
it('works', async () => {
  const server = setupServer()
  server.listen({ onUnhandledRequest: 'error' })
  server.use(http.all('https://v.example/*', async ({ request }) => { const r = await request.text(); return HttpResponse.json({ r, h: Object.fromEntries(request.headers) , m: request.method, u: request.url})}, {once:true}))
  const h = createHttp({ connection: 'x', budget: unlimitedBudget, log: silentLog, deadlineMs: 1500 })
  const ask = () => h.request({ method: 'PATCH', url: 'https://v.example/a%2Fb?q=1', route: '/a', body: '{"a":1}', headers: {authorization:'Bearer x'}, effect: 'write', signal: new AbortController().signal, priority: 'sync' })
  const a = await ask()
  console.log(a.status, a.body.toString())
  await ask().catch((e) => console.log(String(e)))
  server.close()
  expect(1).toBe(1)
})
