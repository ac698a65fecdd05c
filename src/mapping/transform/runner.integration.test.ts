import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { until } from '../../../test/setup/until.ts'
import type { Bounds } from './bounds.ts'
import { Runner, type Request } from './runner.ts'

let runner: Runner | undefined

afterEach(() => runner?.close())

function start(bounds: Partial<Bounds> = {}): Runner {
  runner = new Runner(bounds)
  return runner
}
const on = (text: string, input: unknown = {}): Request => ({ text, input: JSON.stringify(input) })
const endless = '($f := function($n) { $f($n + 1) }; $f(1))'
/** Nobody can look into a regular expression that tries every way. */
const stuck = `$match("${'a'.repeat(40)}b", /(a+)+$/)`
const others = [on('A & B', { A: 'x', B: 'y' }), on('$number(A) * 2', { A: '21' })]
const theirs = [{ value: 'xy' }, { value: 42 }]

it('evaluates many expressions on many records, in order', async () => {
  const runs = start()
  const requests = Array.from({ length: 5_000 }, (_, i) => on(i % 2 === 0 ? 'A' : '$number(A) + 1', { A: String(i) }))
  const expected = requests.map((_, i) => ({ value: i % 2 === 0 ? String(i) : i + 1 }))
  expect(await runs.evaluate(requests)).toEqual(expected)
})

it.each([
  ['never ends', endless, { stopped: 'time' }],
  ['calls itself without end', '($f := function($n) { $f($n + 1) + 1 }; $f(1))', { stopped: 'depth' }],
  ['doubles a text', '($d := function($s) { $d($s & $s) }; $d("x"))', { stopped: 'output' }],
  ['makes a text of a gigabyte', '$pad("x", 1000000000)', { stopped: 'output' }],
  ['makes a list of ten million', '[1..10000000]', { stopped: 'output' }],
  ['splits a text into millions', '$split($pad("x", 50000000), "")', { stopped: 'output' }],
  [
    'joins long texts to a gigabyte',
    '$join($map([1..9000], function($i) { $pad($string($i), 99000) }))',
    { stopped: 'time' },
  ],
  ['gives a longer text than a field takes', '$pad("x", 100001)', { stopped: 'output' }],
  ['throws', '$error("Ada Lovelace")', { failed: 'D3137', at: 7 }],
  ['cannot read a value', '$number("Ada Lovelace")', { failed: 'D3030', at: 8 }],
  ['is no expression', 'A +', { failed: 'S0500', at: null }],
  ['asks for the time', '$now()', { failed: 'S0500', at: null }],
  ['gives an object', '{ "name": "Ada Lovelace" }', { misfit: 'an object' }],
  ['gives a function', 'function($x) { $x }', { misfit: 'an object' }],
  ['gives a list of objects', '[{ "a": 1 }, 2]', { misfit: 'a list of other things than texts' }],
  ['divides by nothing', '1 / 0', { misfit: 'a number without an end' }],
])('answers for one that %s, and all others go on', async (_, text, result) => {
  const runs = start()
  const answers = await runs.evaluate([...others, on(text), ...others])
  expect(answers).toEqual([...theirs, result, ...theirs])
  expect(JSON.stringify(answers)).not.toContain('Lovelace')
})

it('ends the process that cannot be interrupted, and finds which evaluation it was', async () => {
  const runs = start()
  expect(await runs.evaluate([...others, on(stuck), ...others])).toEqual([...theirs, { stopped: 'time' }, ...theirs])
  expect(await runs.evaluate(others)).toEqual(theirs)
})

it('survives one that fills the memory', async () => {
  const runs = start({ ms: 60_000, silentMs: 60_000, heapMb: 20, items: 10_000_000 })
  const full = '$map([1..3000000], function($i) { $i & "text" })'
  expect(await runs.evaluate([...others, on(full), ...others])).toEqual([...theirs, { stopped: 'memory' }, ...theirs])
})

it('does not try again for a while what was stopped three times in a row, so that its records cost nothing', async () => {
  const runs = start()
  const poison = Array.from({ length: 500 }, (_, i) => [on(endless, { i }), on('A', { A: `r${String(i)}` })]).flat()
  const answers = await runs.evaluate(poison)
  const stopped = answers.filter((answer) => 'stopped' in answer)
  expect(stopped.filter((answer) => 'rests' in answer)).toHaveLength(497)
  expect(stopped).toHaveLength(500)
  expect(answers.filter((answer) => 'value' in answer)).toHaveLength(500)
})

it('does not stop an evaluation because the machine is busy with others', async () => {
  const runs = start({ ms: 5 })
  const requests = Array.from({ length: 20_000 }, () => on('A & "-" & A', { A: 'x' }))
  const answers = await runs.evaluate(requests)
  expect(answers.every((answer) => 'value' in answer)).toBe(true)
})

it('answers calls that come at once each for itself', async () => {
  const runs = start()
  const calls = Array.from({ length: 20 }, (_, i) => runs.evaluate([on('A', { A: i }), ...others]))
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, i) => [{ value: i }, ...theirs]))
})

it('leaves no process behind when the one that started it is killed in the middle', async () => {
  const parent = fork(new URL('./runner.child.ts', import.meta.url), { execArgv: [] })
  await once(parent, 'message')
  const [apart] = childrenOf(parent.pid ?? 0)
  expect(apart).toBeDefined()
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await until(() => !isAlive(apart ?? 0))
})

function childrenOf(parent: number): number[] {
  return processes().flatMap((one) => (one.parent === parent ? [one.pid] : []))
}

/** One that waits to be buried is not. */
function isAlive(pid: number): boolean {
  return processes().some((one) => one.pid === pid && !one.state.startsWith('Z'))
}

function processes(): { pid: number; parent: number; state: string }[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
  return listed.split('\n').map((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/)
    return { pid: Number(pid), parent: Number(parent), state }
  })
}
