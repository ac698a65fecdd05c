/** From a template and the facts of a record to what a person reads. */
import { audiences, noticeFacts, type Audience, type FactName, type Facts } from '../../domain/notice.ts'
import { templateOf } from './catalogue.ts'
import type { Text } from './template.ts'
import { english, type Words } from './words.ts'

export interface Message {
  subject: string
  text: string
}

/** The message of a template for an audience; null when this release knows no such template. */
export function render(template: string, audience: Audience, facts: Facts): Message | null {
  const texts = templateOf(template)?.texts
  // Rows of earlier releases do not say whom they are for; where a partner is not written to, it was one of the others.
  const reader = texts?.[audience] === undefined ? audiences.find((other) => texts?.[other] !== undefined) : audience
  const text = reader === undefined ? undefined : texts?.[reader]
  return reader === undefined || text === undefined ? null : fill(text, visibleTo(reader, facts), english)
}

/** What an audience may not see is as good as unknown, whatever a text says. */
function visibleTo(audience: Audience, facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => isFact(name) && mayBeShown(name, audience)))
}

export function isFact(name: string): name is FactName {
  return Object.hasOwn(noticeFacts, name)
}

export function mayBeShown(fact: FactName, audience: Audience): boolean {
  return noticeFacts[fact].shownTo.some((known) => known === audience)
}

function fill({ subject, body }: Text, facts: Facts, words: Words): Message {
  const paragraphs = body
    .split('\n\n')
    .filter((paragraph) => named(paragraph).every((fact) => valueOf(fact, facts, words) !== null))
  return {
    subject: put(subject, facts, words)
      .replace(/[\r\n]+/g, ' ')
      .slice(0, 200),
    text: `${paragraphs.map((paragraph) => put(paragraph, facts, words)).join('\n\n')}\n`,
  }
}

/** The facts that a text names. */
export function named(text: string): FactName[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).filter(isFact)
}

function put(text: string, facts: Facts, words: Words): string {
  return text.replaceAll(/\{(\w+)\}/g, (braces: string, name: string) =>
    isFact(name) ? (valueOf(name, facts, words) ?? '') : braces,
  )
}

function valueOf(name: FactName, facts: Facts, words: Words): string | null {
  return written(name, facts, words) ?? words.unknown[name] ?? null
}

function written(name: FactName, facts: Facts, words: Words): string | null {
  const value = facts[name]
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return noticeFacts[name].kind === 'instant' ? when(value) : value
  if (typeof value === 'number') return String(value)
  if ('amount' in value) return value.currency === null ? value.amount : `${value.amount} ${value.currency}`
  if (value.length === 0) return null
  return noticeFacts[name].kind === 'codes'
    ? value.map((code) => `- ${words.codes[code] ?? code}`).join('\n')
    : value.join('\n')
}

function when(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`
}
