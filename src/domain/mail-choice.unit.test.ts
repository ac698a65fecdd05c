import { expect, it } from 'vitest'
import { mailChoiceOf, mailChoices, withMail } from './mail-choice.ts'
import type { Choice, PersonalChannel } from './notice.ts'

const usual: PersonalChannel[] = ['email', 'slack']

it('says what is in force', () => {
  expect(mailChoiceOf({}, usual)).toBe('immediate')
  expect(mailChoiceOf({ rhythm: 'weekly' }, usual)).toBe('weekly')
  expect(mailChoiceOf({ channels: ['slack'], rhythm: 'weekly' }, usual)).toBe('off')
  expect(mailChoiceOf({}, ['crm-task'])).toBe('off')
})

it.each(mailChoices)('is what was wished for: %s', (wished) => {
  const choices: Choice[] = [{}, { channels: [] }, { channels: ['slack'] }, { channels: ['email'], rhythm: 'daily' }]
  for (const choice of choices) expect(mailChoiceOf(withMail(choice, wished, usual), usual)).toBe(wished)
})

it('leaves other channels alone', () => {
  expect(withMail({}, 'off', usual)).toEqual({ channels: ['slack'] })
  expect(withMail({ channels: ['slack'] }, 'daily', usual)).toEqual({ channels: ['email', 'slack'], rhythm: 'daily' })
  expect(withMail({ rhythm: 'daily' }, 'off', ['email'])).toEqual({ rhythm: 'daily', channels: [] })
  expect(withMail({ rhythm: 'daily' }, 'immediate', usual)).toEqual({ rhythm: 'immediate' })
})
