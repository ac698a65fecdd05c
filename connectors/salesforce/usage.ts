import type { Usage } from '../contract.ts'

/** `Sforce-Limit-Info: api-usage=18/5000`, newer also `; api-bursts=1/750`. */
export function usage(headers: Record<string, string>): Usage | null {
  const info = headers['sforce-limit-info'] ?? ''
  const daily = /(?:^|[;,\s])api-usage=(\d+)\/(\d+)/.exec(info)
  const burst = /(?:^|[;,\s])api-bursts=(\d+)\/(\d+)/.exec(info)
  if (daily === null && burst === null) return null
  return {
    dailyUsed: daily === null ? null : Number(daily[1]),
    dailyLimit: daily === null ? null : Number(daily[2]),
    windowRemaining: burst === null ? null : Math.max(0, Number(burst[2]) - Number(burst[1])),
  }
}
