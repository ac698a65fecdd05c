/** What the parts hold in memory, read from /proc; Linux only, elsewhere the figures are missing. */
import { readFile } from 'node:fs/promises'
import { megabytes, type Table } from './report.ts'

interface PartMemory {
  part: string
  /** Bytes, of the part's main process. */
  rss: number | null
  peak: number | null
  /** Bytes of the main process and its children, pages that they share counted once. */
  total: number | null
  processes: number
}

export type Memory = PartMemory[]

export async function memoryOf(parts: Readonly<Record<string, { pid: number | null }>>): Promise<Memory> {
  const all: Memory = []
  for (const [part, { pid }] of Object.entries(parts)) {
    if (pid === null) continue
    const family = [pid, ...(await childrenOf(pid))]
    const shares = await Promise.all(family.map((one) => kilobytes(`/proc/${String(one)}/smaps_rollup`, 'Pss')))
    all.push({
      part,
      rss: await kilobytes(`/proc/${String(pid)}/status`, 'VmRSS'),
      peak: await kilobytes(`/proc/${String(pid)}/status`, 'VmHWM'),
      total: shares.includes(null) ? null : shares.reduce<number>((sum, share) => sum + (share ?? 0), 0),
      processes: family.length,
    })
  }
  return all
}

export function memoryTable(titles: string[], memory: Memory[]): Table {
  return {
    caption: 'Resident memory by part',
    head: ['part', 'when', 'RSS', 'peak RSS', 'PSS with children', 'processes'],
    rows: memory.flatMap((parts, i) =>
      parts.map(({ part, rss, peak, total, processes }) => [
        part,
        titles[i] ?? '',
        show(rss),
        show(peak),
        show(total),
        processes,
      ]),
    ),
  }
}

const show = (bytes: number | null): string => (bytes === null ? 'unknown' : megabytes(bytes))

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').catch(() => '')
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)
}

/** Null where it cannot be read: another system, another user's process, or one that has ended. */
async function kilobytes(file: string, name: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
  return found === undefined ? null : Number(found) * 1024
}
