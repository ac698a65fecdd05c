import { expect, it } from 'vitest'
import { readPolicyFile } from '../../src/runtime/config/policy-file.ts'
import { examples } from './fences.ts'

it('the guide to the policy has a whole one that loads', () => {
  const [short = '', whole = ''] = examples('docs/guides/policy.md', 'yaml')
  expect(short).toBe('policy: policy.yaml\n')
  const read = readPolicyFile({ file: 'policy.yaml', source: whole }, {})
  expect(read).toMatchObject({ ok: true, policy: { version: '2027-1' } })
})
