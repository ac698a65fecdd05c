/**
 * What happens in a run, as plain data: fast-check makes and shrinks it, and a person reads and pastes it as a few lines of text.
 *
 * A record is named by its vendor, object and place among those that are held (`deals#1`), so that a command still means something
 * when the ones before it are shrunk away; where there is no such record it does nothing.
 */

/** Which world the script is played in. */
export interface Setting {
  crms: 1 | 2
  /** Who wins at each CRM when both sides changed a field: of names, of countries, of amounts. */
  wins: readonly [Rule, Rule, Rule]
  /** The same at the second CRM. */
  wins2: readonly [Rule, Rule, Rule]
  /** Records a page of changes and a call of `write` hold. */
  page: number
  batch: number
  /** The CRMs answer a write with what they stored. */
  tells: boolean
  /** A create with a key that is held makes a second record, so that only the road's care keeps it from being doubled. */
  strict: boolean
  /** The CRMs are observed until a person says go. */
  observed: boolean
  /** Each CRM keeps the other's deals too, as mirrors. */
  mirrors: boolean
}

export const ruleNames = ['vendor', 'ledger', 'newest', 'ask'] as const
export type Rule = (typeof ruleNames)[number]

export const objects = ['accounts', 'deals', 'firms', 'partners', 'claims'] as const
export type ObjectName = (typeof objects)[number]
export type VendorName = 'portal' | 'alpha' | 'beta'

/** What a vendor's user does. */
export type Doing =
  | { do: 'create'; at: VendorName; object: ObjectName; with: number }
  | { do: 'edit'; at: VendorName; object: ObjectName; pick: number; field: number }
  /** `plant` is an edit, and `vanish` a delete, that no list of changes tells of. */
  | { do: 'plant'; at: VendorName; object: ObjectName; pick: number; field: number }
  | { do: 'touch' | 'erase' | 'restore' | 'remake' | 'vanish'; at: VendorName; object: ObjectName; pick: number }
  | { do: 'merge'; at: VendorName; object: ObjectName; pick: number; into: number }

export const writeFaults = [
  'drop',
  'break',
  'late',
  'throttle',
  'refuse',
  'unreachable',
  'crash',
  'reject',
  'lock',
] as const
export const readFaults = ['fail', 'throttle', 'unreachable'] as const
export type FaultName = (typeof writeFaults)[number] | (typeof readFaults)[number]

/** Something that the product does: one activity of one worker. */
export interface Job {
  task: Task
  /** The worker dies at this step: before it is taken, or after it took effect and before its answer is heard. */
  kill: { at: number; how: 'before' | 'after' } | null
}

export type Task =
  { do: 'pull'; at: VendorName; object: ObjectName } | { do: 'drain'; at: VendorName } | { do: 'process' }

export type Command =
  | Doing
  | { do: 'hint'; at: VendorName; object: ObjectName; pick: number; times: number }
  | { do: 'fault'; at: VendorName; call: 'write' | 'read' | 'changes'; fault: FaultName; times: number }
  | { do: 'lag'; at: VendorName }
  | { do: 'age' }
  /** Everything that has something to do does it once, in order. */
  | { do: 'round' }
  | { do: 'retry' }
  | { do: 'decide'; pick: number; approve: boolean }
  /** A person rules an open clash, or has the value that lost come back. */
  | { do: 'rule'; pick: number; winner: 'ours' | 'theirs' }
  | { do: 'turn'; pick: number }
  /** A person says whether a vendor record is one that we know. */
  | { do: 'match'; pick: number; accept: boolean }
  | { do: 'observe' | 'live'; at: VendorName }
  /** A person moves a deal to another CRM. */
  | { do: 'home'; pick: number; at: VendorName }
  | { do: 'reconcile' | 'refill'; at: VendorName; object: ObjectName }
  /** One job alone, or two of two workers whose steps alternate as `turns` says while users go on. */
  | { do: 'work'; jobs: Job[]; turns: number[]; meanwhile: { at: number; what: Doing }[] }

export interface Script {
  setting: Setting
  commands: Command[]
}

/** The script as text, a line a command. */
export function format({ setting: s, commands }: Script): string[] {
  const rules = [s.wins.join('/'), ...(s.crms === 2 ? [s.wins2.join('/')] : [])].join(' ')
  const flags = `${s.tells ? ' tells' : ''}${s.strict ? ' strict' : ''}${s.observed ? ' observed' : ''}${s.mirrors ? ' mirrors' : ''}`
  return [
    `world of ${String(s.crms)}: ${rules}, page ${String(s.page)}, batch ${String(s.batch)}${flags}`,
    ...commands.map(lineOf),
  ]
}

function lineOf(command: Command): string {
  switch (command.do) {
    case 'hint':
      return `hint: ${ref(command)} x${String(command.times)}`
    case 'fault':
      return `fault: ${command.at} ${command.call} ${command.fault} x${String(command.times)}`
    case 'lag':
    case 'observe':
    case 'live':
      return `${command.do}: ${command.at}`
    case 'reconcile':
    case 'refill':
      return `${command.do}: ${command.at} ${command.object}`
    case 'rule':
      return `rule: #${String(command.pick)} ${command.winner}`
    case 'turn':
      return `turn: #${String(command.pick)}`
    case 'home':
      return `home: #${String(command.pick)} ${command.at}`
    case 'match':
      return `match: #${String(command.pick)} ${command.accept ? 'accept' : 'reject'}`
    case 'age':
    case 'round':
    case 'retry':
      return command.do
    case 'decide':
      return `decide: #${String(command.pick)} ${command.approve ? 'approve' : 'decline'}`
    case 'work': {
      const jobs = command.jobs.map(({ task, kill }) => {
        const what =
          task.do === 'pull' ? `pull ${task.at} ${task.object}` : task.do === 'drain' ? `drain ${task.at}` : 'process'
        return `${what}${kill === null ? '' : ` killed ${kill.how} ${String(kill.at)}`}`
      })
      const turns = command.jobs.length > 1 ? ` | turns ${command.turns.join(' ')}` : ''
      const meanwhile = command.meanwhile.map(({ at, what }) => ` | at ${String(at)} ${doingOf(what)}`).join('')
      return `work: ${jobs.join(' + ')}${turns}${meanwhile}`
    }
    default:
      return doingOf(command)
  }
}

function doingOf(doing: Doing): string {
  switch (doing.do) {
    case 'create':
      return `create: ${doing.at} ${doing.object} ${String(doing.with)}`
    case 'edit':
    case 'plant':
      return `${doing.do}: ${ref(doing)} ${String(doing.field)}`
    case 'merge':
      return `merge: ${ref(doing)} into #${String(doing.into)}`
    default:
      return `${doing.do}: ${ref(doing)}`
  }
}

const ref = (named: { at: VendorName; object: ObjectName; pick: number }) =>
  `${named.at} ${named.object}#${String(named.pick)}`

/** Text back into a script. Throws on a line that says nothing. */
export function parse(lines: string[]): Script {
  const [first = '', ...rest] = lines
  const head =
    /^world of ([12]): (\S+?)(?: (\S+?))?, page (\d+), batch (\d+)( tells)?( strict)?( observed)?( mirrors)?$/.exec(
      first,
    )
  if (head === null) throw new Error(`not a world: ${first}`)
  const [, crms, wins = '', wins2, page, batch, tells, strict, observed, mirrors] = head
  return {
    setting: {
      crms: crms === '2' ? 2 : 1,
      wins: rulesOf(wins),
      wins2: rulesOf(wins2 ?? wins),
      page: Number(page),
      batch: Number(batch),
      tells: tells !== undefined,
      strict: strict !== undefined,
      observed: observed !== undefined,
      mirrors: mirrors !== undefined,
    },
    commands: rest.map(commandOf),
  }
}

function rulesOf(text: string): readonly [Rule, Rule, Rule] {
  const [a, b, c] = text.split('/').map((word) => ruleNames.find((name) => name === word))
  return [a ?? 'vendor', b ?? 'vendor', c ?? 'vendor']
}

function commandOf(line: string): Command {
  const [, verb = '', rest = ''] = /^(\w+)(?:: (.*))?$/.exec(line) ?? []
  const words = rest.split(' ')
  switch (verb) {
    case 'age':
    case 'round':
    case 'retry':
      return { do: verb }
    case 'lag':
    case 'observe':
    case 'live':
      return { do: verb, at: vendorOf(rest) }
    case 'reconcile':
    case 'refill':
      return { do: verb, at: vendorOf(words[0] ?? ''), object: objectOf(words[1] ?? '') }
    case 'rule':
      return { do: 'rule', pick: Number(words[0]?.slice(1)), winner: words[1] === 'ours' ? 'ours' : 'theirs' }
    case 'home':
      return { do: 'home', pick: Number(words[0]?.slice(1)), at: vendorOf(words[1] ?? '') }
    case 'turn':
      return { do: 'turn', pick: Number(words[0]?.slice(1)) }
    case 'match':
      return { do: 'match', pick: Number(words[0]?.slice(1)), accept: words[1] === 'accept' }
    case 'hint':
      return { do: 'hint', ...refOf(words), times: Number(words[2]?.slice(1)) }
    case 'fault': {
      const [at = '', call, fault = '', times = ''] = words
      if (call !== 'write' && call !== 'read' && call !== 'changes') throw new Error(`no call: ${line}`)
      const known = [...writeFaults, ...readFaults].find((name) => name === fault)
      if (known === undefined) throw new Error(`no fault: ${line}`)
      return { do: 'fault', at: vendorOf(at), call, fault: known, times: Number(times.slice(1)) }
    }
    case 'decide':
      return { do: 'decide', pick: Number(words[0]?.slice(1)), approve: words[1] === 'approve' }
    case 'work': {
      const [jobs = '', ...more] = rest.split(' | ')
      const turns = more.find((part) => part.startsWith('turns '))
      return {
        do: 'work',
        jobs: jobs.split(' + ').map(jobOf),
        turns: turns?.split(' ').slice(1).map(Number) ?? [],
        meanwhile: more
          .filter((part) => part.startsWith('at '))
          .map((part) => {
            const [, at, what = ''] = /^at (\d+) (.*)$/.exec(part) ?? []
            return { at: Number(at), what: parseDoing(what) }
          }),
      }
    }
    default:
      return parseDoing(line)
  }
}

function parseDoing(line: string): Doing {
  const [, verb = '', rest = ''] = /^(\w+): (.*)$/.exec(line) ?? []
  const words = rest.split(' ')
  switch (verb) {
    case 'create':
      return { do: 'create', at: vendorOf(words[0] ?? ''), object: objectOf(words[1] ?? ''), with: Number(words[2]) }
    case 'edit':
    case 'plant':
      return { do: verb, ...refOf(words), field: Number(words[2]) }
    case 'merge':
      return { do: 'merge', ...refOf(words), into: Number(words[3]?.slice(1)) }
    case 'touch':
    case 'erase':
    case 'restore':
    case 'remake':
    case 'vanish':
      return { do: verb, ...refOf(words) }
    default:
      throw new Error(`not a command: ${line}`)
  }
}

function jobOf(text: string): Job {
  const [, what = '', how, at] = /^(.*?)(?: killed (before|after) (\d+))?$/.exec(text) ?? []
  const [verb, vendor = '', object = ''] = what.split(' ')
  const kill: Job['kill'] = how === 'before' || how === 'after' ? { how, at: Number(at) } : null
  if (verb === 'pull') return { task: { do: 'pull', at: vendorOf(vendor), object: objectOf(object) }, kill }
  if (verb === 'drain') return { task: { do: 'drain', at: vendorOf(vendor) }, kill }
  if (verb === 'process') return { task: { do: 'process' }, kill }
  throw new Error(`no job: ${text}`)
}

function refOf([at = '', named = '']: string[]): { at: VendorName; object: ObjectName; pick: number } {
  const [object = '', pick] = named.split('#')
  return { at: vendorOf(at), object: objectOf(object), pick: Number(pick) }
}

function vendorOf(word: string): VendorName {
  if (word === 'portal' || word === 'alpha' || word === 'beta') return word
  throw new Error(`no vendor: ${word}`)
}

function objectOf(word: string): ObjectName {
  const found = objects.find((object) => object === word)
  if (found === undefined) throw new Error(`no object: ${word}`)
  return found
}
