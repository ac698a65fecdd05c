/** Reading everything that a vendor holds of an object, page by page, whatever its modification dates say. */
import { ConnectorError, faultOf, type Connector, type Ctx, type ListPage } from '../../connectors/contract.ts'

/**
 * The next page of everything. A connector without lists is asked for all changes since the beginning, with a position of its own;
 * what it says of deleted records is among them.
 *
 * @param at where the last page ended, or null for the beginning
 */
export async function readEverything(
  connector: Connector,
  q: { object: string; at: string | null; fields: string[] },
  ctx: Ctx,
): Promise<ListPage> {
  const { object, at, fields } = q
  if (connector.list !== undefined) {
    const page = await connector.list({ object, cursor: at, fields }, ctx)
    // A place that stays the same would be read for ever, and the list never be whole.
    if (page.cursor !== null && page.cursor === at) throw stuck(object)
    return page
  }
  const page = await connector.changes({ object, cursor: at, from: null, fields }, ctx)
  if (page.more && page.cursor === at) throw stuck(object)
  return { records: page.records, cursor: page.more ? page.cursor : null, total: null }
}

/** A list that says more follows and does not move on would be read for ever, and never be whole. */
export function stuck(object: string): ConnectorError {
  const message = `The list of ${object} does not move on although more is said to follow`
  return new ConnectorError(faultOf('CW_VENDOR_ANSWER', message, { scope: 'batch' }), 'no')
}
