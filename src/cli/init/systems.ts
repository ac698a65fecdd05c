/** The first step: which systems, how to get into them, and the configuration that says so. */
import { isVendor, setUpOf, vendorNames, type Vendor } from '../../../connectors/registry.ts'
import type { SetUpQuestion } from '../../../connectors/contract.ts'
import { CausewayError } from '../../errors.ts'
import { referenceTo, writeDocument } from './document.ts'
import { answering, ensureSandboxes, isPortFree } from './parts.ts'
import type { Walk } from './walk.ts'

const API_PORT = 8480

export async function systems(walk: Walk): Promise<void> {
  const { ask, options, progress, ctx } = walk
  if (Object.keys(progress.connections).length === 0) {
    if (options.sandbox !== true && ask.isInteractive)
      progress.sandbox =
        (await ask.choose(
          '--sandbox',
          'Against which systems?',
          [
            { value: 'sandbox', label: 'the sandboxes: stand-ins on this machine, nothing to sign up for' },
            { value: 'real', label: 'your own' },
          ],
          'sandbox',
        )) === 'sandbox'
    for (const vendor of await vendorsOf(walk)) progress.connections[setUpOf(vendor).name] = vendor
  }
  if (progress.sandbox) await useSandboxes(walk)
  for (const [name, vendor] of Object.entries(progress.connections))
    if (isVendor(vendor)) await answersOf(walk, name, setUpOf(vendor).questions)
  progress.approver ??= options.approver ?? null
  // Once chosen it stays: our own Causeway may hold it by now.
  if (progress.port === undefined)
    progress.port = options.anyPort !== true && (await isPortFree(API_PORT)) ? API_PORT : null
  await writeDocument(ctx.env, progress, { port: progress.port, smtp: progress.urls['smtp'] ?? null })
  await walk.keep()
  const { failure } = await walk.show('config', 'check')
  if (failure !== null) throw failure
}

async function vendorsOf({ ask, options, progress }: Walk): Promise<Vendor[]> {
  const all = vendorNames()
  const portals = all.filter((vendor) => setUpOf(vendor).role === 'portal')
  const crms = all.filter((vendor) => setUpOf(vendor).role === 'crm')
  // Of one kind of portal there is nothing to choose.
  const chosen: string[] =
    options.vendors ??
    (progress.sandbox && !ask.isInteractive
      ? all
      : [
          ...portals,
          ...(await ask.chooseSome(
            '--vendors',
            'Which CRMs?',
            crms.map((value) => ({ value, label: setUpOf(value).title })),
          )),
        ])
  const unknown = chosen.find((name) => !isVendor(name))
  if (unknown !== undefined)
    throw new CausewayError('CW_REQUEST_INVALID', `"${unknown}" is none of ${vendorNames().join(', ')}`)
  const vendors = chosen.filter(isVendor)
  for (const role of ['portal', 'crm'] as const)
    if (!vendors.some((vendor) => setUpOf(vendor).role === role))
      throw new CausewayError('CW_REQUEST_INVALID', `--vendors names no ${role}`)
  // Portals first, and the CRM that was named first gets the deals.
  return [...vendors.filter((v) => portals.includes(v)), ...vendors.filter((v) => crms.includes(v))]
}

async function useSandboxes({ ctx, options, progress, ask }: Walk): Promise<void> {
  const { sandboxSettings } = await import('../../../sandbox/answers.ts')
  if (!(await answering(progress.urls))) {
    const { urls, pid } = await ensureSandboxes(ctx.env, options.anyPort === true)
    progress.urls = urls
    progress.started.sandbox = pid
    ask.say(
      `$ causeway sandbox\n${Object.entries(urls)
        .map(([name, url]) => `${name.padEnd(14)} ${url}`)
        .join('\n')}`,
    )
  }
  const known = sandboxSettings(progress.urls)
  for (const [name, vendor] of Object.entries(progress.connections)) {
    const answers = (progress.answers[name] ??= {})
    for (const [setting, value] of Object.entries(known[vendor] ?? {})) {
      if (options.set[`${name}.${setting}`] !== undefined) continue
      answers[setting] = isSecret(vendor, setting) ? await referenceTo(ctx.env, name, setting, value) : value
    }
  }
}

function isSecret(vendor: string, setting: string): boolean {
  return isVendor(vendor) && setUpOf(vendor).questions.some((q) => q.setting === setting && q.secret === true)
}

/** Asks what is not known yet: by a flag, by an earlier start, or because it is the sandbox's. */
async function answersOf(
  { ctx, ask, options, progress }: Walk,
  name: string,
  questions: SetUpQuestion[],
): Promise<void> {
  const known = (progress.answers[name] ??= {})
  for (const q of questions) {
    if (q.when !== undefined && !q.when.is.includes(known[q.when.key] ?? '')) {
      delete known[q.key]
      continue
    }
    const flag = `${name}.${q.key}`
    const given = options.set[flag]
    if (given === undefined && known[q.key] !== undefined) continue
    if (given === undefined && progress.sandbox && q.setting === null) {
      // Which way the sandbox's own settings go.
      known[q.key] = q.initial ?? ''
      continue
    }
    const wish = {
      ...(q.hint === undefined ? {} : { hint: q.hint }),
      ...(q.initial === undefined ? {} : { initial: q.initial }),
      secret: q.secret === true,
    }
    const said =
      given ??
      (q.choices === undefined
        ? await ask.text(`--set ${flag}=…`, `${name}: ${q.question}`, wish)
        : await ask.choose(`--set ${flag}=…`, `${name}: ${q.question}`, q.choices, q.initial ?? ''))
    known[q.key] = q.secret === true || /^(env|file):/.test(said) ? await referenceTo(ctx.env, name, q.key, said) : said
  }
  for (const [flag, value] of Object.entries(options.set)) {
    const [connection, setting = ''] = flag.split('.')
    if (connection !== name || questions.some(({ key }) => key === setting)) continue
    known[setting] = /^(env|file):/.test(value) ? await referenceTo(ctx.env, name, setting, value) : value
  }
}
