/** Opens an address in the person's browser, as the system does it. */
import { spawn } from 'node:child_process'

/** Answers whether a program was found to do it; whether a window opened cannot be known. */
export function openBrowser(url: string, browser: string | undefined): Promise<boolean> {
  const [command, args] = opener(url, browser)
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => resolve(true))
    child.unref()
  })
}

/** The address is an argument of its own everywhere: no shell sees it. */
function opener(url: string, browser: string | undefined): [string, string[]] {
  if (browser !== undefined && browser !== '') return [browser, [url]]
  switch (process.platform) {
    case 'darwin':
      return ['open', [url]]
    case 'win32':
      return ['rundll32', ['url.dll,FileProtocolHandler', url]]
    default:
      return ['xdg-open', [url]]
  }
}
