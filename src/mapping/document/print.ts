/** A mapping as the document that an admin reads and edits: one line a field, with words on what each part is. */
import { Document, isMap, isScalar, Scalar, visit, type YAMLMap } from 'yaml'
import type { ObjectMapping } from '../definition.ts'
import { entryOf } from './compile.ts'
import { FORMAT } from './schema.ts'

export interface PrintWish {
  connection: string
  object: string
  mappings: readonly ObjectMapping[]
  /** A sentence above the document, such as where it comes from. */
  title?: string
}

/** A line longer than this becomes a block. */
const LONGEST = 130

const EXPLAINED = [
  'path    the field at the vendor            as      how its value is written there; text where nothing is said',
  'create  which way it flows when a record is new: in (from the vendor), out (to it), both or none',
  'update  the same for a record that is known',
  'wins    whose value stands when both sides changed it: vendor, ledger (all other systems), newest, or ask a person',
  'A field that is not wanted is set to off. With `extends: default` only what differs need be said.',
]

/** The whole document; what it says compiles to these very mappings. */
export function printDocument({ connection, object, mappings, title }: PrintWish): string {
  const document = new Document({
    mapping: FORMAT,
    connection,
    object,
    records: Object.fromEntries(mappings.map((mapping) => [mapping.kind, entryOf(mapping)])),
  })
  document.commentBefore = [...(title === undefined ? [] : [title, '']), ...EXPLAINED]
    .map((line) => ` ${line}`)
    .join('\n')
  visit(document, {
    Map(_, node, ancestors) {
      if (ancestors.length > 0 && isOneLine(node, ancestors.length)) node.flow = true
    },
    Scalar(key, node) {
      // A key such as `true` or `1` must come back as text.
      if (key === 'key' && typeof node.value === 'string' && /^[\d~+.-]|^(true|false|null|yes|no)$/i.test(node.value))
        node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** The document that says nothing but that the vendor's default is in force. */
export function printUnchanged({ connection, object }: { connection: string; object: string }): string {
  return new Document({ mapping: FORMAT, connection, object, extends: 'default', records: {} }).toString()
}

/** A field, or a group that holds no groups, as long as a reader sees it whole. */
function isOneLine(node: YAMLMap, depth: number): boolean {
  const isRecords = node.items.some(({ key }) => isScalar(key) && (key.value === 'fields' || key.value === 'records'))
  if (isRecords || node.items.length === 0) return false
  const holdsGroups = node.items.some(({ value }) => isMap(value) && value.items.some((item) => isMap(item.value)))
  return !holdsGroups && depth > 0 && JSON.stringify(node.toJSON()).length <= LONGEST
}
