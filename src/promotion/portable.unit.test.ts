import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { apartOf, vendorNames } from '../../connectors/registry.ts'
import { settingsSchema as hubspot } from '../../connectors/hubspot/settings.ts'
import { settings as partnerstack } from '../../connectors/partnerstack/settings.ts'
import { settings as salesforce } from '../../connectors/salesforce/settings.ts'
import { portableConfig } from './portable.ts'

const source = `api: { publicUrl: https://causeway.example.com }
connections:
  # The partners' own.
  portal:
    vendor: partnerstack
    role: portal
    settings:
      publicKey: \${PS_PUBLIC}
      secretKey: sk-in-the-file
      groups: [gold, silver]
routing:
  - to: sales
policy:
  version: '7' # raised in May
`

describe('a configuration that can be moved', () => {
  it('has no secret, even where one stands in the file, and says so', () => {
    const { connections, policy, environment, warnings } = portableConfig(source, apartOf)
    expect(connections + policy + JSON.stringify([environment, warnings])).not.toContain('sk-in-the-file')
    expect(connections).toContain('secretKey: ${PORTAL_SECRET_KEY}')
    expect(warnings).toHaveLength(1)
  })

  it('keeps the environment’s values apart, its comments, and nothing of this machine', () => {
    const { connections, policy, environment } = portableConfig(source, apartOf)
    expect(environment).toEqual({ 'portal.groups': ['gold', 'silver'] })
    expect(connections).toContain('groups: $(portal.groups)')
    expect(connections).toContain("# The partners' own.")
    expect(connections).not.toContain('publicUrl')
    expect(policy).toBe("policy:\n  version: '7' # raised in May\n")
  })

  it('says a policy of a file of its own as one that stands in it', () => {
    const apart = source.replace(/policy:[^]*$/, 'policy: rules.yaml\n')
    const own = "# Agreed in May.\nversion: '7' # raised in May\n"
    expect(portableConfig(apart, apartOf, own).policy).toBe(
      "policy:\n  # Agreed in May.\n  version: '7' # raised in May\n",
    )
    expect(portableConfig(apart, apartOf, "policy:\n  version: '7'\n").policy).toBe("policy:\n  version: '7'\n")
  })

  it('is written out where it has aliases, which would name nothing', () => {
    const aliased = source.replace('[gold, silver]', '&all [gold]').replace("'7'", '*all')
    expect(portableConfig(aliased, apartOf).policy).not.toContain('*')
  })
})

describe('what a connector keeps apart', () => {
  const schemas: Record<string, z.ZodType> = { hubspot, partnerstack, salesforce }

  it.each(vendorNames())('of %s are settings that exist', (vendor) => {
    const known = z.toJSONSchema(schemas[vendor] ?? z.never(), { io: 'input', unrepresentable: 'any' }).properties ?? {}
    const { secret, environment } = apartOf(vendor)
    expect([...secret, ...environment].filter((name) => !(name in known))).toEqual([])
    // What sounds secret is.
    const secrets = Object.keys(known).filter((name) => /secret$|token$|key$/i.test(name))
    expect(secrets.filter((name) => !secret.includes(name))).toEqual([])
  })
})
