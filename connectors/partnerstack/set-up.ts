/** What a guided set-up asks about a company's PartnerStack. */
import type { SetUp } from '../contract.ts'

export const setUp: SetUp = {
  title: 'PartnerStack',
  role: 'portal',
  name: 'portal',
  questions: [
    {
      key: 'publicKey',
      setting: 'publicKey',
      question: 'The public key',
      hint: 'Settings → Integrations → PartnerStack API keys.',
    },
    { key: 'secretKey', setting: 'secretKey', question: 'The secret key', secret: true },
    {
      key: 'mode',
      setting: 'mode',
      question: 'Which of the two key pairs this is; the keys do not show it',
      initial: 'production',
      choices: [
        { value: 'production', label: 'production' },
        { value: 'test', label: 'test' },
      ],
    },
    {
      key: 'currency',
      setting: 'currency',
      question: 'The currency of deals’ amounts, for the portal keeps none',
      initial: 'USD',
    },
  ],
}
