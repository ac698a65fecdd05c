/** A connector behind its gate: every call that asks the vendor goes through it, and always to the connector of the present secrets. */
import {
  ConnectorError,
  type Connector,
  type Provisioner,
  type Read,
  type Subscriptions,
} from '../../../connectors/contract.ts'
import { isRefusal, type Gate } from './gate.ts'

/**
 * @param first the connector of the secrets at the start; others differ from it in nothing but secrets
 * @param present the connector of the secrets now
 */
export function guarded(first: Connector, present: () => Connector, gate: Gate): Connector {
  const { run } = gate
  return {
    capabilities: first.capabilities,
    // A person asks, and wants to hear the vendor's own answer.
    check: (ctx) => present().check(ctx),
    authenticate: (ctx) => present().authenticate?.(ctx) ?? absent(),
    describe: (object, ctx) => run((c) => c.describe(object, ctx)),
    changes: (q, ctx) => run((c) => c.changes(q, ctx)),
    read: (refs, fields, ctx) => run(async (c) => readable(await c.read(refs, fields, ctx))),
    write: (batch, ctx) => gate.write((c) => c.write(batch, ctx)),
    ...(first.list === undefined ? {} : { list: (q, ctx) => run((c) => c.list?.(q, ctx) ?? absent()) }),
    ...(first.find === undefined ? {} : { find: (q, ctx) => run((c) => c.find?.(q, ctx) ?? absent()) }),
    ...(first.members === undefined ? {} : { members: (q, ctx) => run((c) => c.members?.(q, ctx) ?? absent()) }),
    ...(first.remove === undefined
      ? {}
      : { remove: (object, ids, ctx) => run((c) => c.remove?.(object, ids, ctx) ?? absent()) }),
    ...(first.provision === undefined ? {} : { provision: provisioner(gate, first.provision) }),
    ...(first.access === undefined ? {} : { access: (ctx) => run((c) => c.access?.(ctx) ?? absent()) }),
    // Signatures are checked with the secret of now; nothing is asked of the vendor.
    ...(first.webhooks === undefined
      ? {}
      : {
          webhooks: {
            verify: (request) => present().webhooks?.verify(request) ?? 'unsigned',
            hints: (body) => present().webhooks?.hints(body) ?? [],
          },
        }),
    ...(first.subscriptions === undefined ? {} : { subscriptions: subscriptions(gate) }),
    ...(first.listen === undefined
      ? {}
      : { listen: (objects, heard, ctx) => run((c) => c.listen?.(objects, heard, ctx) ?? absent()) }),
    ...(first.probes === undefined ? {} : { probes: first.probes }),
  }
}

function provisioner({ run }: Gate, first: Provisioner): Provisioner {
  return {
    plan: (ctx) => run((c) => c.provision?.plan(ctx) ?? absent()),
    ...(first.headroom === undefined
      ? {}
      : { headroom: (steps, ctx) => run((c) => c.provision?.headroom?.(steps, ctx) ?? absent()) }),
    make: (step, ctx) =>
      run(async (c) => {
        const made = await (c.provision?.make(step, ctx) ?? absent())
        if (typeof made === 'object' && isRefusal(made)) throw new ConnectorError(made, 'no')
        return made
      }),
  }
}

function subscriptions({ run }: Gate): Subscriptions {
  return {
    compare: (url, ctx) => run((c) => c.subscriptions?.compare(url, ctx) ?? absent()),
    reconcile: (url, ctx) => run((c) => c.subscriptions?.reconcile(url, ctx) ?? absent()),
  }
}

/** Nothing can be said of any of the records when the credentials are refused. */
function readable(reads: Read[]): Read[] {
  const refused = reads.find((read) => read.status === 'failed' && isRefusal(read.fault))
  if (refused?.status === 'failed') throw new ConnectorError(refused.fault, 'no')
  return reads
}

function absent(): never {
  throw new TypeError('the connector lost an ability with its secrets')
}
