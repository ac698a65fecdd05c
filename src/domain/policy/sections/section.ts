/** A section before it is numbered. */
export interface DraftSection {
  title: string
  lead: string | null
  paragraphs: DraftParagraph[]
}

export interface DraftParagraph {
  id: string
  /** For everybody; null: it concerns staff alone. */
  text: string | null
  /** For staff, where they read more. */
  staff?: string
}

/** The first letter of a sentence. */
export function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
