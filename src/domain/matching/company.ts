/** What is compared of a company. */
import { email, readDomain } from '../identity.ts'
import { domainOf, type Domain } from './domains.ts'
import { nameOf, type Name } from './names.ts'

/** What is known of a company; what is not is null. */
export interface Company {
  name: string | null
  domain: string | null
  /** ISO 3166-1 alpha-2. */
  country?: string | null
  /** An address of the company, or of the contact there. */
  email: string | null
  /** Ids of it in other systems, each with its system: `crm:0015g00000AbCdE`. */
  ids?: readonly string[]
}

/** The same, taken apart once, however many it is compared with. */
export interface Profile {
  name: Name | null
  domain: Domain | null
  country: string | null
  email: string | null
  /** Null for a mail service whose users share nothing else. */
  mailDomain: Domain | null
  ids: readonly string[]
}

export function profile({ name, domain, country, email: address, ids = [] }: Company): Profile {
  const mail = email(address)
  const inName = addressIn(name)
  return {
    name: nameOf(inName === null ? name : inName.written),
    domain: domainOf(registrable(domain)) ?? inName,
    country: letters(country),
    email: mail,
    mailDomain: domainOf(registrable(mail?.split('@')[1] ?? null)),
    ids,
  }
}

const ADDRESS = /^(?:https?:\/\/)?(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?:\/\S*)?$/u

/** Where somebody wrote a web address into the name, it is one. */
function addressIn(name: string | null): Domain | null {
  const text = name?.trim() ?? ''
  return ADDRESS.test(text) ? domainOf(registrable(text)) : null
}

function letters(country: string | null | undefined): string | null {
  const code = country?.trim().toUpperCase() ?? ''
  return code === '' ? null : code
}

function registrable(text: string | null): string | null {
  const read = readDomain(text)
  return read.ok ? read.domain : null
}
