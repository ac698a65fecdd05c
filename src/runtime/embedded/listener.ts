import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { hasCode } from './failure.ts'

/**
 * Whether this very process listens on the port of loopback. Two starts may have found the same port free, and the loser
 * must not take the winner's server for its own. Where the system does not tell, an answer on the port has to do.
 */
export async function listensOn(pid: number, port: number): Promise<boolean> {
  return process.platform === 'linux' ? holdsSocket(pid, listeningInodes(port)) : accepts(port)
}

/** Inodes of sockets in state LISTEN (0A) on the port: columns of /proc/net/tcp, see proc_pid_net(5). */
function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes = new Set<string>()
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const columns = line.trim().split(/\s+/)
    if (columns[1]?.endsWith(suffix) === true && columns[3] === '0A' && columns[9] !== undefined) inodes.add(columns[9])
  }
  return inodes
}

function holdsSocket(pid: number, inodes: Set<string>): boolean {
  if (inodes.size === 0) return false
  try {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1]
      if (inode !== undefined && inodes.has(inode)) return true
    }
    return false
  } catch (error) {
    // Descriptors come and go while they are listed, and so may the process.
    if (hasCode(error, 'ENOENT', 'ESRCH')) return false
    throw error
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 })
    const answer = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => answer(true))
    socket.once('timeout', () => answer(false))
    socket.once('error', () => answer(false))
  })
}
