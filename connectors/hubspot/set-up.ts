/** What a guided set-up asks about an account. */
import type { SetUp } from '../contract.ts'

export const setUp: SetUp = {
  title: 'HubSpot',
  role: 'crm',
  name: 'growth',
  questions: [
    {
      key: 'access',
      setting: null,
      question: 'How Causeway gets in',
      initial: 'token',
      choices: [
        { value: 'token', label: 'a service key, or the token of a private app' },
        { value: 'oauth', label: 'an OAuth app: you agree once in the browser' },
      ],
    },
    {
      key: 'accessToken',
      setting: 'accessToken',
      question: 'The key or token',
      hint: 'Settings → Integrations → Service keys.',
      secret: true,
      when: { key: 'access', is: ['token'] },
    },
    {
      key: 'clientId',
      setting: 'clientId',
      question: 'The client id of the app',
      when: { key: 'access', is: ['oauth'] },
    },
    {
      key: 'clientSecret',
      setting: 'clientSecret',
      question: 'The client secret of the app',
      secret: true,
      when: { key: 'access', is: ['oauth'] },
    },
  ],
}
