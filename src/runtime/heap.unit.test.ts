import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const heap = fileURLToPath(new URL('heap.ts', import.meta.url))

/** The most old space, in megabytes, of a process that keeps 40 MB in use while it makes a gigabyte of garbage that lives for a while. */
function mostOf(setUp: string): number {
  const program = `
    import v8 from 'node:v8'
    ${setUp}
    const use = Array.from({ length: 400_000 }, (_, n) => ({ n, text: 'x' + n }))
    const soon = []
    let most = 0
    for (let n = 0; n < 12_000_000; n += 1) {
      soon.push({ n })
      if (soon.length > 300_000) soon.length = 0
      if (n % 100_000 === 0) most = Math.max(most, v8.getHeapSpaceStatistics().find((s) => s.space_name === 'old_space').space_size)
    }
    if (use.length === 0) throw new Error()
    console.log(Math.round(most / 1e6))`
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }))
}

it('keeps the heap of a busy process near what is in use', () => {
  const without = mostOf('')
  const small = mostOf(`import { keepHeapNearItsUse } from ${JSON.stringify(heap)}; keepHeapNearItsUse()`)
  expect({ without, small, isSmaller: small < 0.8 * without }).toMatchObject({ isSmaller: true })
})
