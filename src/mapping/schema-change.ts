/** How a vendor's schema may change under a mapping. */
export type SchemaChangeKind =
  | 'field-added'
  | 'field-removed'
  | 'type-changed'
  | 'length-changed'
  | 'became-required'
  | 'became-optional'
  | 'became-read-only'
  | 'became-writable'
  | 'value-added'
  | 'value-removed'
  | 'rule-added'
  | 'rule-removed'
