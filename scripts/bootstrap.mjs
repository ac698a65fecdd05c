/**
 * Runs a program of this project on a machine that has nothing but Node 20 or later with npm (and Python 3 with pip, from
 * which the Temporal CLI may come): installs the dependencies when they are missing or out of date, then becomes
 * `node_modules/.bin/node <entry> <args>`, which is Node 24.
 *
 *   node scripts/bootstrap.mjs <entry> [args…]
 *
 * Plain JavaScript with built-in modules only, because it runs before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lockFile = join(root, 'package-lock.json')
const modules = join(root, 'node_modules')
const node24 = join(modules, '.bin', 'node')
/** npm writes this at the very end, so that an install that was cut off is known by its absence. */
const npmFinished = join(modules, '.package-lock.json')
/** The digest of the package-lock.json that was installed: a fresh checkout of the same one is no reason to install again. */
const installedDigest = join(modules, '.causeway-installed')

const [entry, ...args] = process.argv.slice(2)
if (entry === undefined) fail('usage: node scripts/bootstrap.mjs <entry> [args…]')
requireNode(20)
if (!isInstalled()) await alone(install)
become(node24, [resolve(root, entry), ...args])

function requireNode(least) {
  const major = Number(process.versions.node.split('.')[0])
  if (major < least) fail(`Node ${least} or later is needed; this is ${process.versions.node} (${process.execPath})`)
}

function isInstalled() {
  if (!existsSync(npmFinished) || !existsSync(node24)) return false
  if (read(installedDigest) === digest()) return true
  if (!holdsEveryPackage()) return false
  writeFileSync(installedDigest, digest())
  return true
}

/** Whether what is installed is what the lock file asks for: `npm ci` removes everything first, also under running programs. */
function holdsEveryPackage() {
  const wished = JSON.parse(readFileSync(lockFile, 'utf8')).packages
  const installed = JSON.parse(readFileSync(npmFinished, 'utf8')).packages
  return Object.entries(wished).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !installed[path]),
  )
}

function digest() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex')
}

/** Two programs started at once on a fresh clone must not install over each other: the second waits for the first. */
async function alone(work) {
  const mark = join(root, '.causeway', 'installing')
  mkdirSync(dirname(mark), { recursive: true })
  for (;;) {
    try {
      writeFileSync(mark, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${mark} cannot be written: ${error.message}`)
    }
    if (!isAlive(Number(read(mark)))) rmSync(mark, { force: true })
    else await new Promise((again) => setTimeout(again, 200))
  }
  try {
    if (!isInstalled()) work()
  } finally {
    rmSync(mark, { force: true })
  }
}

function install() {
  const began = Date.now()
  say('installing dependencies (npm ci), about a minute the first time …')
  if (spawnSync('python3', ['--version'], { stdio: 'ignore' }).status !== 0) {
    say(
      'python3 was not found: the Temporal CLI then has to come from TEMPORAL_CLI_PATH, PATH or the official download',
    )
  }
  const exact = npm('ci')
  if (exact !== null) {
    // npm checks the lock file against what this registry serves for every platform; `install` needs only this one.
    say('npm ci would not take package-lock.json here; trying npm install')
    const loose = npm('install', '--no-save')
    if (loose !== null) fail(`neither worked.\nnpm ci:\n${exact}\nnpm install:\n${loose}`)
  }
  if (!existsSync(node24)) fail(`npm left no ${node24}: the install script of the package "node" was not run`)
  writeFileSync(installedDigest, digest())
  say(`installed in ${Math.round((Date.now() - began) / 1000)} s`)
}

/** Runs npm in the project; null when it went well, else what it said. */
function npm(command, ...more) {
  // Engine warnings are hidden with the other warnings: what asks for a later Node gets the Node 24 installed here.
  const options = ['--include=dev', '--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error']
  const own = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const [program, ...first] = own
  const done = spawnSync(program, [...first, command, ...options, ...more], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (done.error) return `npm could not be run: ${done.error.message}`
  return done.status === 0 ? null : done.stderr || `npm ended with ${done.signal ?? `code ${done.status}`}`
}

/** Replaces this process where Node can do that (22.15 and later); else stays only to pass signals and the exit code on. */
function become(program, programArgs) {
  if (typeof process.execve === 'function') {
    process.removeAllListeners('warning') // execve is still called experimental
    process.execve(program, [program, ...programArgs], process.env)
  }
  const child = spawn(program, programArgs, { stdio: 'inherit' })
  child.once('error', (error) => fail(`${program} could not be run: ${error.message}`))
  // A terminal sends Ctrl-C to both of us; sent twice it would be taken for impatience.
  const fromTerminal = process.stdin.isTTY || process.stdout.isTTY
  process.on('SIGINT', () => {
    if (!fromTerminal) child.kill('SIGINT')
  })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]))
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function say(text) {
  process.stderr.write(`causeway: ${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}
