/** What a guided set-up asks about an org. */
import type { SetUp } from '../contract.ts'

export const setUp: SetUp = {
  title: 'Salesforce',
  role: 'crm',
  name: 'sales',
  questions: [
    {
      key: 'loginUrl',
      setting: 'loginUrl',
      question: 'The address of the org',
      hint: 'https://….my.salesforce.com: Setup → My Domain. Not the one with .lightning.force.com.',
    },
    {
      key: 'grant',
      setting: 'grant',
      question: 'How Causeway gets in',
      initial: 'client-credentials',
      choices: [
        { value: 'client-credentials', label: 'client credentials: the app has a run-as user' },
        { value: 'authorization-code', label: 'you agree once in the browser' },
        { value: 'jwt-bearer', label: 'JWT bearer: the app has your certificate' },
      ],
    },
    {
      key: 'clientId',
      setting: 'clientId',
      question: 'The consumer key of the external client app',
      hint: 'Setup → External Client App Manager → the app → Settings → OAuth.',
    },
    {
      key: 'clientSecret',
      setting: 'clientSecret',
      question: 'The consumer secret',
      secret: true,
      when: { key: 'grant', is: ['client-credentials', 'authorization-code'] },
    },
    {
      key: 'privateKey',
      setting: 'privateKey',
      question: 'The private key whose certificate the app holds (PEM)',
      secret: true,
      when: { key: 'grant', is: ['jwt-bearer'] },
    },
    {
      key: 'username',
      setting: 'username',
      question: 'The user to act as',
      when: { key: 'grant', is: ['jwt-bearer'] },
    },
  ],
}
