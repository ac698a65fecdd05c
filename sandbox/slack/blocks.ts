/** What Slack refuses of blocks and views; the numbers are those of its reference. */

const layouts: Record<string, (block: Record<string, unknown>) => boolean> = {
  header: (b) => fits(b['text'], 150, 'plain_text'),
  section: (b) =>
    fits(b['text'], 3000) ||
    (Array.isArray(b['fields']) && b['fields'].length <= 10 && b['fields'].every((f) => fits(f, 2000))),
  context: (b) => listed(b['elements'], 10) && elements(b).every((e) => fits(e, 2000)),
  divider: () => true,
  actions: (b) => listed(b['elements'], 25) && elements(b).every(isButton),
  input: (b) => fits(b['label'], 2000, 'plain_text') && isInput(b['element']),
}

/** Null when the blocks are taken. */
export function faultOfBlocks(blocks: unknown, most: number): string | null {
  if (!Array.isArray(blocks) || blocks.length > most) return 'invalid_blocks'
  return blocks.every((block) => isObject(block) && layouts[String(block['type'])]?.(block) === true)
    ? null
    : 'invalid_blocks'
}

export function faultOfView(view: unknown): string | null {
  if (!isObject(view) || view['type'] !== 'modal' || !fits(view['title'], 24, 'plain_text')) return 'invalid_arguments'
  const hasInput = Array.isArray(view['blocks']) && view['blocks'].some((b) => isObject(b) && b['type'] === 'input')
  if (hasInput && !fits(view['submit'], 24, 'plain_text')) return 'invalid_arguments'
  if (typeof view['private_metadata'] === 'string' && view['private_metadata'].length > 3000) return 'invalid_arguments'
  return faultOfBlocks(view['blocks'], 100) === null ? null : 'invalid_arguments'
}

function isButton(element: unknown): boolean {
  return (
    isObject(element) &&
    element['type'] === 'button' &&
    fits(element['text'], 75, 'plain_text') &&
    isText(element['action_id'], 255) &&
    (element['value'] === undefined || isText(element['value'], 2000)) &&
    (element['url'] === undefined || isText(element['url'], 3000))
  )
}

function isInput(element: unknown): boolean {
  return isObject(element) && isText(element['type'], 40) && isText(element['action_id'], 255)
}

function fits(text: unknown, most: number, type?: string): boolean {
  if (!isObject(text) || !isText(text['text'], most)) return false
  return type === undefined ? ['plain_text', 'mrkdwn'].includes(String(text['type'])) : text['type'] === type
}

const isText = (value: unknown, most: number): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= most
const listed = (value: unknown, most: number): boolean =>
  Array.isArray(value) && value.length > 0 && value.length <= most
const elements = (block: Record<string, unknown>): unknown[] =>
  Array.isArray(block['elements']) ? block['elements'] : []

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
